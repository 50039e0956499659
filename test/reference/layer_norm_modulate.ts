/** LayerNorm of each row of x [L, D], times (unit + scale), plus shift. */
export function layerNormModulate(
  x: ArrayLike<number>,
  scale: ArrayLike<number>,
  shift: ArrayLike<number>,
  unit: number,
  eps: number,
): Float64Array {
  const D = scale.length
  const y = new Float64Array(x.length)
  for (let start = 0; start < x.length; start += D) {
    let mean = 0
    for (let i = 0; i < D; i++) mean += x[start + i]! / D
    let variance = 0
    for (let i = 0; i < D; i++) variance += (x[start + i]! - mean) ** 2 / D
    const inverse = 1 / Math.sqrt(variance + eps)
    for (let i = 0; i < D; i++)
      y[start + i] = (x[start + i]! - mean) * inverse * (unit + scale[i]!) + shift[i]!
  }
  return y
}
