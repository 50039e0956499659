import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { elementCount, type Tensor } from '../tensor'

export const kernel = defineKernel({ stem: 'silu', bindings: ['x', 'y'], params: { count: 'u32' } })

/** x·sigmoid(x), f32, of any shape. */
export function silu(ops: Ops, x: Tensor, label: string): Tensor {
  const count = elementCount(x.shape)
  const y = ops.create(x.shape, 'f32', label)
  ops.run(kernel, {
    tensors: { x, y },
    params: { count },
    ...elementGrid(count),
    flops: 8 * count,
  })
  return y
}
