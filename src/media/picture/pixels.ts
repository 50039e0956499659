// A picture as the frame that a model sees: cropped or stretched to the video's size, numbers from −1 to 1.
import { resizeBicubic } from './bicubic'
import { coverCrop, isNearlyShaped, type Size } from '../../protocol/picture-size'
import { resizeLanczos } from './lanczos'

/** A decoded picture. */
export interface Pixels extends Size {
  /** [H, W, 3] */
  readonly rgb: Uint8Array<ArrayBuffer>
}

/** Bytes as numbers from −1 to 1, rounded as the official code rounds. */
export function toFloats(rgb: Uint8Array): Float32Array<ArrayBuffer> {
  const table = Float32Array.from({ length: 256 }, (_, byte) => (Math.fround(byte / 255) - 0.5) / 0.5)
  return Float32Array.from(rgb, (byte) => table[byte]!)
}

/** The middle of a picture that covers `size`: [height, width, 3] bytes. */
export function cropToCover(picture: Pixels, size: Size): Uint8Array<ArrayBuffer> {
  const { resized, left, top } = coverCrop(picture, size)
  const large = resizeLanczos(picture.rgb, picture, resized)
  const result = new Uint8Array(size.width * size.height * 3)
  for (let row = 0; row < size.height; row++) {
    const start = ((top + row) * resized.width + left) * 3
    result.set(large.subarray(start, start + size.width * 3), row * size.width * 3)
  }
  return result
}

/**
 * The frame [height, width, 3] of a picture that covers `size`, cropped: Wan 2.2 TI2V's rule, and that of a size that
 * a person chose.
 */
export function coveringFrame(picture: Pixels, size: Size): Float32Array<ArrayBuffer> {
  return toFloats(cropToCover(picture, size))
}

/**
 * The frame [height, width, 3] of a picture stretched to `size`: the rule of the 36-channel models and of their CLIP.
 * A picture that shrinks is first brought to the size by Lanczos, which leaves no jagged edges, as the rule alone
 * would.
 */
export function stretchedFrame(picture: Pixels, size: Size): Float32Array<ArrayBuffer> {
  const smaller = {
    width: Math.min(picture.width, size.width),
    height: Math.min(picture.height, size.height),
  }
  const rgb = resizeLanczos(picture.rgb, picture, smaller)
  return resizeBicubic(toFloats(rgb), smaller, size)
}

/**
 * The same where the picture's shape is the video's to within `unit` pixels, as it is where the size follows from the
 * picture; else the picture is cropped to cover the size that a person chose.
 */
export function fittingFrame(picture: Pixels, size: Size, unit: Size): Float32Array<ArrayBuffer> {
  return isNearlyShaped(picture, size, unit) ? stretchedFrame(picture, size) : coveringFrame(picture, size)
}
