import { applyPalette, GIFEncoder, quantize } from 'gifenc'
import { concatBytes } from '../mp4-boxes'

const COLOURS = 256
/** GIF counts time in hundredths of a second. */
const TICK = 0.01

/** The seconds of each frame in whole ticks, so that no error adds up: 16 frames a second take 6, 6, 7, 6 …. */
export function gifDelays(ends: readonly number[]): number[] {
  const ticks = ends.map((end) => Math.round(end / TICK))
  return ticks.map((tick, i) => Math.max(2, tick - (ticks[i - 1] ?? 0)) * 10)
}

/** XMP in a GIF: an application extension whose packet ends in a trailer that leads every reader to its end. */
function xmpExtension(xmp: string): Uint8Array {
  const name = Uint8Array.from('XMP DataXMP', (letter) => letter.charCodeAt(0))
  const trailer = Uint8Array.from({ length: 258 }, (_, i) => (i === 0 ? 1 : i === 257 ? 0 : 256 - i))
  return concatBytes([Uint8Array.of(0x21, 0xff, name.length), name, new TextEncoder().encode(xmp), trailer])
}

export interface GifWriter {
  /** @param milliseconds a multiple of ten */
  add(rgba: Uint8ClampedArray, milliseconds: number): void
  finish(xmp: string): Uint8Array<ArrayBuffer>
}

/** Each frame has its own 256 colours. Loops for ever. */
export function openGif(width: number, height: number): GifWriter {
  const gif = GIFEncoder()
  return {
    add(rgba, milliseconds) {
      const palette = quantize(rgba, COLOURS)
      gif.writeFrame(applyPalette(rgba, palette), width, height, { palette, delay: milliseconds })
    },
    finish(xmp) {
      gif.finish()
      const bytes = gif.bytes()
      // The last byte ends the file; what is added stands before it.
      return concatBytes([bytes.subarray(0, -1), xmpExtension(xmp), bytes.subarray(-1)])
    },
  }
}
