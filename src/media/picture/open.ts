// Pictures through the browser's own decoder, which knows their orientation and colour profile. Nothing of a file is
// kept but its pixels: no place, no camera, no name of a person.
import { checkPictureBytes, checkPictureSize, pictureError, readPictureHeader } from './header'
import type { Pixels } from './pixels'

export interface Picture extends Pixels {
  /** SHA-256 of its size and pixels, in hex, independent of the file format. */
  readonly sha256: string
}

/** The background of transparent pictures. */
const BACKGROUND = '#ffffff'

async function hashOf({ width, height, rgb }: Pixels): Promise<string> {
  const bytes = new Uint8Array(8 + rgb.byteLength)
  new DataView(bytes.buffer).setUint32(0, width)
  new DataView(bytes.buffer).setUint32(4, height)
  bytes.set(rgb, 8)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** RGBA bytes less their alpha. */
function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!
    rgb[to + 1] = rgba[from + 1]!
    rgb[to + 2] = rgba[from + 2]!
  }
  return rgb
}

function canvasOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    alpha: false,
    colorSpace: 'srgb',
    willReadFrequently: true,
  })
  if (!context) throw new Error(`This browser cannot make a canvas of ${width}×${height}.`)
  return context
}

/** A picture from its pixels: a frame of a clip, say. */
async function pictureOf(pixels: Pixels): Promise<Picture> {
  return { ...pixels, sha256: await hashOf(pixels) }
}

/** Opens a picture as `decodePicture` does, with its hash. */
export async function openPicture(file: Blob, name: string): Promise<Picture> {
  return pictureOf(await decodePicture(file, name))
}

/**
 * Decodes a picture upright, in sRGB, on white where it is transparent.
 * @param name of the file, for errors. @throws ZoetropeError before anything is decoded, where it is no picture or
 * too large
 */
export async function decodePicture(file: Blob, name: string): Promise<Pixels> {
  checkPictureBytes(file.size, name)
  const { format } = readPictureHeader(new Uint8Array(await file.arrayBuffer()), name)
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch (cause) {
    throw pictureError(
      name,
      `begins as ${format} and this browser cannot decode it (${cause instanceof Error ? cause.message : String(cause)})`,
    )
  }
  try {
    const { width, height } = bitmap
    checkPictureSize(bitmap, name)
    const context = canvasOf(width, height)
    context.fillStyle = BACKGROUND
    context.fillRect(0, 0, width, height)
    context.drawImage(bitmap, 0, 0)
    return { width, height, rgb: withoutAlpha(context.getImageData(0, 0, width, height).data) }
  } finally {
    bitmap.close()
  }
}

/** A PNG file of the pixels and nothing else. */
export async function pictureFile({ width, height, rgb }: Pixels): Promise<Blob> {
  const context = canvasOf(width, height)
  const image = context.createImageData(width, height)
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    image.data[to] = rgb[from]!
    image.data[to + 1] = rgb[from + 1]!
    image.data[to + 2] = rgb[from + 2]!
    image.data[to + 3] = 255
  }
  context.putImageData(image, 0, 0)
  return context.canvas.convertToBlob({ type: 'image/png' })
}
