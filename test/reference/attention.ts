/** softmax(q kᵀ / √d + bias) v per head; bias is ln(lastKeyCount) for the last key. q [L, N·d], k and v [S, N·d]. */
export function attention(
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  L: number,
  S: number,
  numHeads: number,
  lastKeyCount: number,
): Float64Array {
  const D = q.length / L
  const d = D / numHeads
  const out = new Float64Array(L * D)
  for (let head = 0; head < numHeads; head++) {
    for (let l = 0; l < L; l++) {
      const scores = Array.from({ length: S }, (_, s) => {
        let score = s === S - 1 ? Math.log(lastKeyCount) : 0
        for (let i = 0; i < d; i++)
          score += (q[l * D + head * d + i]! * k[s * D + head * d + i]!) / Math.sqrt(d)
        return score
      })
      const highest = Math.max(...scores)
      const weights = scores.map((score) => Math.exp(score - highest))
      const sum = weights.reduce((a, b) => a + b, 0)
      for (let i = 0; i < d; i++) {
        let value = 0
        for (let s = 0; s < S; s++) value += weights[s]! * v[s * D + head * d + i]!
        out[l * D + head * d + i] = value / sum
      }
    }
  }
  return out
}
