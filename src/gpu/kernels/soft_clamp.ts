import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { elementCount, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'soft_clamp',
  bindings: ['x', 'y'],
  params: { count: 'u32', limit: 'f32' },
})

/** limit · tanh(x / limit) of a tensor in the storage type: nearly x near zero, never beyond `limit`. */
export function softClamp(ops: Ops, x: Tensor, limit: number, label: string): Tensor {
  const count = elementCount(x.shape)
  const y = ops.create(x.shape, ops.storage, label)
  ops.run(kernel, {
    tensors: { x, y },
    params: { count, limit },
    ...elementGrid(count),
    flops: 8 * count,
  })
  return y
}
