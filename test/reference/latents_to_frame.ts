/** latents [C, T, P] at frame t, times std, plus mean: [P, C]. */
export function latentsToFrame(
  latents: ArrayLike<number>,
  std: ArrayLike<number>,
  mean: ArrayLike<number>,
  T: number,
  t: number,
): Float64Array {
  const C = std.length
  const P = latents.length / C / T
  return Float64Array.from({ length: P * C }, (_, i) => {
    const [pixel, c] = [Math.floor(i / C), i % C]
    return latents[(c * T + t) * P + pixel]! * std[c]! + mean[c]!
  })
}
