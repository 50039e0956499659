// Frames of a video, and of its mask, brought to the clip's size: scaled to cover it, bicubic with antialiasing, and
// cropped to the middle. VACE was trained on videos made so.
import { coverCrop, type Size } from '../../protocol/picture-size'
import { resizer, type Filter } from '../picture/resample-bytes'

const A = -0.5

const BICUBIC: Filter = {
  reach: 2,
  weight(distance) {
    const x = Math.abs(distance)
    if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1
    return x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0
  },
}

/** Brings frames [H, W, channels] of one size to another. */
export function coverer(from: Size, to: Size, channels = 3): (bytes: Uint8Array) => Uint8Array {
  if (from.width === to.width && from.height === to.height) return (bytes) => bytes
  const { resized, left, top } = coverCrop(from, to)
  const resize = resizer(BICUBIC, from, resized, channels)
  return (bytes) => {
    const large = resize(bytes)
    const result = new Uint8Array(to.width * to.height * channels)
    for (let row = 0; row < to.height; row++) {
      const start = ((top + row) * resized.width + left) * channels
      result.set(large.subarray(start, start + to.width * channels), row * to.width * channels)
    }
    return result
  }
}
