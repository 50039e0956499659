/** RMSNorm of each row of x [L, D] times weight [D], then pairs of each head turned by rotation [L, headDim/2] (cos, sin). */
export function rmsNormRope(x: ArrayLike<number>, weight: ArrayLike<number>, headDim: number, rotation: ArrayLike<number> | undefined, eps: number): Float64Array {
  const D = weight.length
  const y = new Float64Array(x.length)
  for (let start = 0; start < x.length; start += D) {
    let squares = 0
    for (let i = 0; i < D; i++) squares += x[start + i]! ** 2 / D
    const inverse = 1 / Math.sqrt(squares + eps)
    for (let i = 0; i < D; i += 2) {
      const [even, odd] = [x[start + i]! * inverse * weight[i]!, x[start + i + 1]! * inverse * weight[i + 1]!]
      const at = (start / D) * headDim + (i % headDim)
      const [cos, sin] = rotation ? [rotation[at]!, rotation[at + 1]!] : [1, 0]
      y[start + i] = even * cos - odd * sin
      y[start + i + 1] = even * sin + odd * cos
    }
  }
  return y
}
