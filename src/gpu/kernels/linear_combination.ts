import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { elementCount, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'linear_combination',
  bindings: ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'y'],
  params: { count: 'u32', terms: 'u32', c0: 'f32', c1: 'f32', c2: 'f32', c3: 'f32', c4: 'f32', c5: 'f32' },
})

/** A tensor and its coefficient. */
export interface Term {
  readonly tensor: Tensor
  readonly coefficient: number
}

const MAX_TERMS = 6

/** The sum of up to six f32 tensors of one shape, each times its coefficient. */
export function linearCombination(ops: Ops, terms: readonly Term[], label: string): Tensor {
  const first = terms[0]
  if (!first || terms.length > MAX_TERMS)
    throw new RangeError(`${label} has ${terms.length} terms; one to ${MAX_TERMS} can be added.`)
  for (const { tensor } of terms) expectShape(tensor, first.tensor.shape)
  const count = elementCount(first.tensor.shape)
  const y = ops.create(first.tensor.shape, 'f32', label)
  const x = (i: number): Tensor => (terms[i] ?? first).tensor
  const c = (i: number): number => terms[i]?.coefficient ?? 0
  ops.run(kernel, {
    tensors: { x0: x(0), x1: x(1), x2: x(2), x3: x(3), x4: x(4), x5: x(5), y },
    params: { count, terms: terms.length, c0: c(0), c1: c(1), c2: c(2), c3: c(3), c4: c(4), c5: c(5) },
    ...elementGrid(count),
    flops: 8 * count,
  })
  return y
}
