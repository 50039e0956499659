// ITU-R BT.709-6, 8 bits: luma 16 … 235, colour differences 16 … 240 around 128.
const WEIGHTS = [0.2126, 0.7152, 0.0722] as const

/**
 * A frame [H, W, 3] in [-1, 1] as planes Y [H, W], U and V [H/2, W/2], one after another, not yet rounded to bytes. U
 * and V are those of the mean of 2 × 2 pixels. Y of a pixel that is not finite is 0.
 */
export function frameToI420(frame: ArrayLike<number>, H: number, W: number): Float64Array {
  const unit = (y: number, x: number, c: number): number =>
    (Math.min(1, Math.max(-1, frame[(y * W + x) * 3 + c]!)) + 1) / 2
  const luma = (y: number, x: number): number =>
    WEIGHTS.reduce((sum, weight, c) => sum + weight * unit(y, x, c), 0)
  const difference = (y: number, x: number, c: 0 | 2): number =>
    (unit(y, x, c) - luma(y, x)) / (2 * (1 - WEIGHTS[c]))
  const planes: number[] = []
  const isFinite = (y: number, x: number): boolean =>
    [0, 1, 2].every((c) => Number.isFinite(frame[(y * W + x) * 3 + c]))
  for (let y = 0; y < H; y++)
    for (let x = 0; x < W; x++) planes.push(isFinite(y, x) ? 16 + 219 * luma(y, x) : 0)
  for (const c of [2, 0] as const) {
    for (let y = 0; y < H; y += 2) {
      for (let x = 0; x < W; x += 2) {
        const sum =
          difference(y, x, c) +
          difference(y, x + 1, c) +
          difference(y + 1, x, c) +
          difference(y + 1, x + 1, c)
        planes.push(128 + (224 * sum) / 4)
      }
    }
  }
  return Float64Array.from(planes)
}
