/** The first C channels of a frame of P pixels, minus mean, divided by std: [C, P]. */
export function frameToLatents(
  frame: ArrayLike<number>,
  P: number,
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
): Float64Array {
  const K = frame.length / P
  return Float64Array.from({ length: mean.length * P }, (_, i) => {
    const [c, pixel] = [Math.floor(i / P), i % P]
    return (frame[pixel * K + c]! - mean[c]!) / std[c]!
  })
}
