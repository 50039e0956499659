// Bicubic resampling of floats as PyTorch does it without antialiasing: the 36-channel models' pictures were made
// with it.
const A = -0.75

/** The weights of the four neighbours of a place `t` after the second. */
function weightsAt(t: number): readonly [number, number, number, number] {
  const near = (x: number): number => ((A + 2) * x - (A + 3)) * x * x + 1
  const far = (x: number): number => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A
  return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}

/** Floats [outer, from, inner] → [outer, to, inner]; borders are repeated. */
function resample(
  values: Float32Array,
  outer: number,
  from: number,
  to: number,
  inner: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(outer * to * inner)
  for (let i = 0; i < to; i++) {
    const place = ((i + 0.5) * from) / to - 0.5
    const base = Math.floor(place)
    const weights = weightsAt(place - base)
    const rows = weights.map((_, j) => Math.min(Math.max(base - 1 + j, 0), from - 1))
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < inner; c++) {
        let sum = 0
        for (let j = 0; j < 4; j++) sum += weights[j]! * values[(o * from + rows[j]!) * inner + c]!
        result[(o * to + i) * inner + c] = sum
      }
    }
  }
  return result
}

/** A picture of floats [H, W, 3] stretched to another size. It may overshoot what it is made of. */
export function resizeBicubic(
  pixels: Float32Array,
  from: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
): Float32Array<ArrayBuffer> {
  return resample(
    resample(pixels, from.height, from.width, to.width, 3),
    1,
    from.height,
    to.height,
    to.width * 3,
  )
}
