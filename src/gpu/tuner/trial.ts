import type { Ops } from '../ops'
import type { Tensor } from '../tensor'

/** One call of a kernel on made-up inputs, and what comes of it. */
export interface Trial {
  /** Arithmetic of the call. */
  readonly flops: number
  /** Records the call in the variants of `ops`. The result is the caller's to release. */
  run(ops: Ops): Tensor
  /** Some elements of the result by their index, in f64 from the formula: a reference of its own, so no variant vouches for itself. */
  expected(): ReadonlyMap<number, number>
  readonly inputs: readonly Tensor[]
}

/** So much of `whole` that is at most `most`, in whole steps; at least a step, or all. */
export function portion(whole: number, most: number, step: number): number {
  return Math.min(whole, Math.max(step, Math.floor(most / step) * step))
}

/** `count` of the numbers below `total`, spread out, the first and the last among them: edges are where loops go wrong. */
export function samples(total: number, count: number): number[] {
  const inner = Array.from({ length: Math.max(0, count - 2) }, (_, i) =>
    Math.floor((((i + 1) * 0.6180339887) % 1) * total),
  )
  return [...new Set([0, total - 1, ...inner])]
}

/** ‖a − b‖ / ‖b‖ over the elements that are known; NaN where an output is. */
export function deviation(output: ArrayLike<number>, expected: ReadonlyMap<number, number>): number {
  let difference = 0
  let norm = 0
  for (const [index, value] of expected) {
    difference += (output[index]! - value) ** 2
    norm += value ** 2
  }
  return Math.sqrt(difference / norm)
}
