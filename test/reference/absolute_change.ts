/** Means of |a − b| and |a|. */
export function absoluteChange(a: ArrayLike<number>, b: ArrayLike<number>): { change: number; size: number } {
  let [change, size] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    change += Math.abs(a[i]! - b[i]!)
    size += Math.abs(a[i]!)
  }
  return { change: change / a.length, size: size / a.length }
}
