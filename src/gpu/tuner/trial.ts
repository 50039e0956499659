import type { Ops } from '../ops'
import type { Tensor } from '../tensor'

/** One call of a kernel on generated inputs, and its expected result. */
export interface Trial {
  /** FLOP of the call. */
  readonly flops: number
  /** Records the call with the variants of `ops`. The caller releases the result. */
  run(ops: Ops): Tensor
  /** Some elements of the result by their index, computed in f64 from the formula, independently of every variant. */
  expected(): ReadonlyMap<number, number>
  readonly inputs: readonly Tensor[]
}

/** The largest multiple of `step` up to `most`, or `whole` if that is smaller; at least one step. */
export function portion(whole: number, most: number, step: number): number {
  return Math.min(whole, Math.max(step, Math.floor(most / step) * step))
}

/** Spreads `count` numbers below `total`, including the first and the last, since loops fail at edges. */
export function samples(total: number, count: number): number[] {
  const inner = Array.from({ length: Math.max(0, count - 2) }, (_, i) =>
    Math.floor((((i + 1) * 0.6180339887) % 1) * total),
  )
  return [...new Set([0, total - 1, ...inner])]
}

/** ‖a − b‖ / ‖b‖ over the expected elements; NaN where an output is NaN. */
export function deviation(output: ArrayLike<number>, expected: ReadonlyMap<number, number>): number {
  let difference = 0
  let norm = 0
  for (const [index, value] of expected) {
    difference += (output[index]! - value) ** 2
    norm += value ** 2
  }
  return Math.sqrt(difference / norm)
}
