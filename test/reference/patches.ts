/** A frame [H, W, C] in patches of s×s pixels: [H/s, W/s, C s s], channel = (c·s + column)·s + row. */
export function patchesOf(frame: ArrayLike<number>, H: number, W: number, C: number, s: number): number[] {
  const patches = Array.from(frame)
  for (let h = 0; h < H; h++)
    for (let w = 0; w < W; w++)
      for (let c = 0; c < C; c++) {
        const patch = Math.floor(h / s) * (W / s) + Math.floor(w / s)
        patches[patch * C * s * s + (c * s + (w % s)) * s + (h % s)] = frame[(h * W + w) * C + c]!
      }
  return patches
}
