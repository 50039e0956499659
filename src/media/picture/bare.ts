// Pictures without what their files say beside the pixels: where they were taken, when, by whom, with which camera.
import type { TakenPicture } from '../../protocol/gallery'
import { checkPictureBytes, readPictureHeader } from './header'
import { decodePicture, pictureFile } from './open'

/** Chunks of a PNG that hold pixels, or how they look. */
const PIXEL_CHUNKS: ReadonlySet<string> = new Set(['IHDR', 'sRGB', 'PLTE', 'tRNS', 'IDAT', 'IEND'])
const SIGNATURE = 8
/** Length, name and checksum of a chunk. */
const AROUND = 12

/** Whether a PNG has its pixels and nothing else, also behind its end. */
export function isBarePng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = SIGNATURE; at + AROUND <= bytes.length;) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (!PIXEL_CHUNKS.has(name)) return false
    at += AROUND + view.getUint32(at)
    if (name === 'IEND') return at === bytes.length
  }
  return false
}

/**
 * A picture as it may be kept: the file itself where it has nothing but pixels, or else a PNG of what `openPicture`
 * makes of it, upright, in sRGB and on white. Both open to the same pixels, and so have the same hash.
 * @throws ZoetropeError where it is no picture or too large
 */
export async function barePicture(file: Blob, name: string): Promise<TakenPicture> {
  checkPictureBytes(file.size, name)
  const bytes = new Uint8Array(await file.arrayBuffer())
  const { format, width, height } = readPictureHeader(bytes, name)
  const named = (content: Blob): File => new File([content], name, { type: 'image/png' })
  if (format === 'PNG' && isBarePng(bytes)) return { file: named(file), width, height }
  const pixels = await decodePicture(file, name)
  return { file: named(await pictureFile(pixels)), width: pixels.width, height: pixels.height }
}
