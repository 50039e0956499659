// An animated WebP of still ones: the container only, the pictures stay as the browser packed them.
import { concatBytes } from '../mp4-boxes'

export interface WebpFrame {
  /** A still WebP file. */
  file: Uint8Array
  milliseconds: number
}

const HAS_ANIMATION = 0x02
const HAS_XMP = 0x04

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

function little(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256)
}

function chunk(name: string, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = concatBytes(body)
  return concatBytes([ascii(name), little(bytes.length, 4), bytes, new Uint8Array(bytes.length % 2)])
}

/** The chunks of a still picture that are its pixels: `VP8 `, `VP8L`, and `ALPH` before them. */
function pixelChunks(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const parts: Uint8Array[] = []
  for (let at = 12; at + 8 <= file.length;) {
    const name = String.fromCharCode(...file.subarray(at, at + 4))
    const size = view.getUint32(at + 4, true)
    const end = at + 8 + size + (size % 2)
    if (['VP8 ', 'VP8L', 'ALPH'].includes(name)) parts.push(file.subarray(at, end))
    at = end
  }
  if (parts.length === 0) throw new Error('The browser packed a frame that is no WebP.')
  return concatBytes(parts)
}

/** Loops for ever. */
export function animatedWebp(
  width: number,
  height: number,
  frames: readonly WebpFrame[],
  xmp: string,
): Uint8Array<ArrayBuffer> {
  const size = [little(width - 1, 3), little(height - 1, 3)]
  const body = concatBytes([
    ascii('WEBP'),
    chunk('VP8X', Uint8Array.of(HAS_ANIMATION | HAS_XMP, 0, 0, 0), ...size),
    chunk('ANIM', Uint8Array.of(0, 0, 0, 0, 0, 0)),
    ...frames.map(({ file, milliseconds }) =>
      chunk('ANMF', little(0, 6), ...size, little(milliseconds, 3), Uint8Array.of(2), pixelChunks(file)),
    ),
    chunk('XMP ', new TextEncoder().encode(xmp)),
  ])
  return concatBytes([ascii('RIFF'), little(body.length, 4), body])
}
