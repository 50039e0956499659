const THETA = 10000

/** Channels of a head that rotate with time, height and width: 44, 42, 42 of 128. */
function axisWidths(headDim: number): readonly [number, number, number] {
  const spatial = 2 * Math.floor(headDim / 6)
  return [headDim - 2 * spatial, spatial, spatial]
}

/**
 * cos and sin of each token's angles [L, headDim/2, 2], tokens in the order t, h, w; pair i of an axis of width d
 * rotates by position · 10000^(−2i/d). Computed in f64: WGSL's sin and cos are too coarse.
 * @param times the position of each frame; 0, 1, … unless given
 */
export function ropeTable(
  headDim: number,
  [gt, gh, gw]: readonly [number, number, number],
  times: readonly number[] = Array.from({ length: gt }, (_, t) => t),
): Float32Array<ArrayBuffer> {
  const [dt, dh, dw] = axisWidths(headDim)
  const table = new Float32Array(gt * gh * gw * headDim)
  let at = 0
  const turn = (position: number, width: number): void => {
    for (let i = 0; i < width; i += 2) {
      const angle = position * THETA ** (-i / width)
      table[at++] = Math.cos(angle)
      table[at++] = Math.sin(angle)
    }
  }
  for (let t = 0; t < gt; t++)
    for (let h = 0; h < gh; h++)
      for (let w = 0; w < gw; w++) {
        turn(times[t]!, dt)
        turn(h, dh)
        turn(w, dw)
      }
  return table
}
