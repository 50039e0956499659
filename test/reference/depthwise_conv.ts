/**
 * Frames [H, W, C], zeros around each, → [H, W, 2C]: filtered `current`, then filtered `previous`; weight [2C, 1, k,
 * k].
 */
export function depthwiseConv(
  [H, W, C]: readonly [number, number, number],
  kernel: number,
  current: ArrayLike<number>,
  previous: ArrayLike<number> | undefined,
  weight: ArrayLike<number>,
): Float64Array {
  const pad = (kernel - 1) / 2
  return Float64Array.from({ length: H * W * 2 * C }, (_, at) => {
    const [n, column, row] = [at % (2 * C), Math.floor(at / 2 / C) % W, Math.floor(at / 2 / C / W)]
    const x = n < C ? current : previous
    let sum = 0
    for (let ky = 0; x && ky < kernel; ky++) {
      for (let kx = 0; kx < kernel; kx++) {
        const [fromRow, fromColumn] = [row + ky - pad, column + kx - pad]
        if (fromRow < 0 || fromColumn < 0 || fromRow >= H || fromColumn >= W) continue
        sum += x[(fromRow * W + fromColumn) * C + (n % C)]! * weight[(n * kernel + ky) * kernel + kx]!
      }
    }
    return sum
  })
}
