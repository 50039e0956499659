/** Each row of C = gamma.length values divided by its norm, times √C·gamma, then SiLU if asked. */
export function channelRmsNorm(x: ArrayLike<number>, gamma: ArrayLike<number>, silu: boolean): Float64Array {
  const C = gamma.length
  const y = new Float64Array(x.length)
  for (let start = 0; start < x.length; start += C) {
    let squares = 0
    for (let c = 0; c < C; c++) squares += x[start + c]! ** 2
    const norm = Math.max(Math.sqrt(squares), 1e-12)
    for (let c = 0; c < C; c++) {
      const value = (x[start + c]! / norm) * Math.sqrt(C) * gamma[c]!
      y[start + c] = silu ? value / (1 + Math.exp(-value)) : value
    }
  }
  return y
}
