import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { elementCount, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'absolute_change',
  bindings: ['a', 'b', 'sums'],
  params: { count: 'u32', groups: 'u32' },
})

/** Means of absolute values over all elements. */
export interface AbsoluteChange {
  /** Mean of |a − b|. */
  readonly change: number
  /** Of a. */
  readonly size: number
}

/** Number of partial sums: enough to keep a GPU busy, and few to read back. */
const MAX_GROUPS = 256
const INVOCATIONS = 64

/**
 * Measures how far the f32 tensor a is from b of the same shape. Runs the recorded calls, since the result is read
 * back to the CPU.
 */
export async function absoluteChange(
  ops: Ops,
  a: Tensor,
  b: Tensor,
  signal?: AbortSignal,
): Promise<AbsoluteChange> {
  expectShape(b, a.shape)
  const count = elementCount(a.shape)
  const groups = Math.min(MAX_GROUPS, Math.ceil(count / INVOCATIONS))
  const sums = ops.create([groups, 2], 'f32', 'absolute change')
  ops.run(kernel, {
    tensors: { a, b, sums },
    params: { count, groups },
    given: { INVOCATIONS },
    grid: [groups, 1, 1],
    flops: 4 * count,
  })
  const parts = await ops.read(sums, signal)
  ops.release(sums)
  const mean = (column: number): number =>
    parts.reduce((sum, value, i) => (i % 2 === column ? sum + value : sum), 0) / count
  return { change: mean(0), size: mean(1) }
}
