/** The middle of the sorted values; the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of no values.')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** How often to repeat what takes `ms`, so that one sample takes about `targetMs`. */
export function repetitions(ms: number, targetMs: number, most = 1000): number {
  return Math.max(1, Math.min(most, Math.ceil(targetMs / Math.max(ms, 1e-3))))
}

/** Up to `count` of the rows 0 … total − 1, evenly spread, the first and the last among them. */
export function sampledRows(total: number, count: number): number[] {
  if (total <= count) return Array.from({ length: total }, (_, i) => i)
  return Array.from({ length: count }, (_, i) => Math.round((i * (total - 1)) / (count - 1)))
}
