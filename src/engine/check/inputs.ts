// Sizes and values of the self-check's kernel calls: what the GPU and the reference begin with.
export const LINEAR = { L: 20, K: 128, N: 72 } as const
export const ATTENTION = { L: 24, S: 40, numHeads: 2, d: 64, lastKeyCount: 3 } as const
export const CONVOLUTION = { H: 5, W: 8, C: 32, N: 96 } as const
export const NORM = { L: 6, D: 96, headDim: 24, eps: 1e-6 } as const
export const CHANNELS = { H: 3, W: 4, C: 48 } as const
export const LATENTS = { C: 16, T: 2, H: 6, W: 8 } as const
export const SHUFFLE = { H: 3, W: 4, C: 5, factor: 2 } as const
export const FRAME = { H: 8, W: 12 } as const
export const TERMS = [0.75, -1.5, 2] as const
export const COUNT = 37

/** `count` multiples of 1/256 in [−1, 1), the same for the same seed, and the same numbers in f16. */
export function checkValues(count: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count)
  let state = Math.imul(seed, 0x9e3779b1) | 0
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
    values[i] = ((mixed ^ (mixed >>> 13)) >> 23) / 256
  }
  return values
}

/** Cosines and sines for the pairs of each head, [L, headDim/2, 2]. */
export function checkRotation(L: number, headDim: number): Float32Array<ArrayBuffer> {
  const angles = checkValues((L * headDim) / 2, 3)
  return new Float32Array(L * headDim).map((_, i) =>
    i % 2 === 0 ? Math.cos(3 * angles[i >> 1]!) : Math.sin(3 * angles[i >> 1]!),
  )
}

/** Two and more, as deviations are. */
export function checkDeviations(count: number): Float32Array<ArrayBuffer> {
  return checkValues(count, 2).map((value) => 2 + value)
}
