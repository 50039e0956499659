/** `count` values in [-1, 1), the same for the same seed. */
export function randomFloats(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
    return ((mixed ^ (mixed >>> 16)) >>> 8) / 0x800000 - 1
  })
}
