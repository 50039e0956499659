/** RMSNorm of each row of x [L, D] times weight [D]. */
export function rmsNorm(x: ArrayLike<number>, weight: ArrayLike<number>, eps: number): Float64Array {
  const D = weight.length
  const y = new Float64Array(x.length)
  for (let start = 0; start < x.length; start += D) {
    let squares = 0
    for (let i = 0; i < D; i++) squares += x[start + i]! ** 2 / D
    for (let i = 0; i < D; i++) y[start + i] = (x[start + i]! * weight[i]!) / Math.sqrt(squares + eps)
  }
  return y
}

/** Pairs of each head of x [L, D] turned by rotation [L, headDim/2] (cos, sin). */
export function rope(
  x: ArrayLike<number>,
  D: number,
  headDim: number,
  rotation: ArrayLike<number>,
): Float64Array {
  const y = Float64Array.from(x)
  for (let i = 0; i < y.length; i += 2) {
    const at = Math.floor(i / D) * headDim + ((i % D) % headDim)
    const [even, odd, cos, sin] = [y[i]!, y[i + 1]!, rotation[at]!, rotation[at + 1]!]
    y[i] = even * cos - odd * sin
    y[i + 1] = even * sin + odd * cos
  }
  return y
}

/** RMSNorm, then the turns of `rope`. */
export function rmsNormRope(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  headDim: number,
  rotation: ArrayLike<number>,
  eps: number,
): Float64Array {
  return rope(rmsNorm(x, weight, eps), weight.length, headDim, rotation)
}
