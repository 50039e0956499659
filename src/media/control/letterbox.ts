// Reference pictures on a white canvas of the clip's size, as VACE was trained on them: scaled to fit, bilinear without
// antialiasing, in the middle.
import type { Size } from '../../protocol/picture-size'
import { toFloats, type Pixels } from '../picture/pixels'

/** Floats [outer, from, inner] → [outer, to, inner]; borders are repeated. */
function stretch(values: Float32Array, outer: number, from: number, to: number, inner: number) {
  const result = new Float32Array(outer * to * inner)
  for (let i = 0; i < to; i++) {
    const place = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    const low = Math.floor(place)
    const high = Math.min(low + 1, from - 1)
    const weight = place - low
    for (let o = 0; o < outer; o++) {
      const [a, b, goal] = [(o * from + low) * inner, (o * from + high) * inner, (o * to + i) * inner]
      for (let c = 0; c < inner; c++)
        result[goal + c] = values[a + c]! * (1 - weight) + values[b + c]! * weight
    }
  }
  return result
}

/** A picture as a frame [height, width, 3] in [−1, 1]. */
export function letterboxed(picture: Pixels, { width, height }: Size): Float32Array<ArrayBuffer> {
  const pixels = toFloats(picture.rgb)
  if (picture.width === width && picture.height === height) return pixels
  const scale = Math.min(width / picture.width, height / picture.height)
  const own = {
    width: Math.max(1, Math.floor(picture.width * scale)),
    height: Math.max(1, Math.floor(picture.height * scale)),
  }
  const wide = stretch(pixels, picture.height, picture.width, own.width, 3)
  const fitted = stretch(wide, 1, picture.height, own.height, own.width * 3)
  const canvas = new Float32Array(width * height * 3).fill(1)
  const [top, left] = [Math.floor((height - own.height) / 2), Math.floor((width - own.width) / 2)]
  for (let row = 0; row < own.height; row++)
    canvas.set(
      fitted.subarray(row * own.width * 3, (row + 1) * own.width * 3),
      ((top + row) * width + left) * 3,
    )
  return canvas
}
