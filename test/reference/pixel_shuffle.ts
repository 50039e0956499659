/** [H, W, factor² C] → [factor H, factor W, C]; `base` [H, W, C] is added, each of its pixels to factor² of y. */
export function pixelShuffle(
  x: ArrayLike<number>,
  [H, W, C]: readonly [number, number, number],
  factor: number,
  base?: ArrayLike<number>,
): Float64Array {
  const y = new Float64Array(H * W * C * factor ** 2)
  for (let row = 0; row < H; row++) {
    for (let column = 0; column < W; column++) {
      for (let c = 0; c < C; c++) {
        for (let dy = 0; dy < factor; dy++) {
          for (let dx = 0; dx < factor; dx++) {
            const from = (row * W + column) * C * factor ** 2 + c * factor ** 2 + dy * factor + dx
            const to = ((row * factor + dy) * W * factor + column * factor + dx) * C + c
            y[to] = x[from]! + (base ? base[(row * W + column) * C + c]! : 0)
          }
        }
      }
    }
  }
  return y
}

/** [H, W, C] → [H / pool, W / pool, C]: the mean of pool × pool pixels. */
export function areaMean(
  x: ArrayLike<number>,
  [H, W, C]: readonly [number, number, number],
  pool: number,
): Float64Array {
  const y = new Float64Array((H / pool) * (W / pool) * C)
  for (let row = 0; row < H; row++) {
    for (let column = 0; column < W; column++) {
      for (let c = 0; c < C; c++) {
        const to = (Math.floor(row / pool) * (W / pool) + Math.floor(column / pool)) * C + c
        y[to] = y[to]! + x[(row * W + column) * C + c]! / pool ** 2
      }
    }
  }
  return y
}
