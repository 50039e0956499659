/** `count` values in [-1, 1), the same for the same seed. */
export function randomFloats(count: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count)
  let state = seed | 0
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x7feb352d)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
    values[i] = ((mixed ^ (mixed >>> 16)) >>> 8) / 0x800000 - 1
  }
  return values
}
