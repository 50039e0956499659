import { bandOf, bands } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'rope',
  bindings: ['x', 'rotation', 'y'],
  params: { pairs: 'u32', dim: 'u32', head_dim: 'u32' },
})

/**
 * The rotary embedding of adjacent pairs within each head of x [L, D]: rotation [L, headDim/2, 2] f32 (cos, sin) →
 * [L, D].
 */
export function rope(ops: Ops, x: Tensor, headDim: number, rotation: Tensor, label: string): Tensor {
  const [L, D] = [dim(x, 0), dim(x, 1)]
  expectShape(rotation, [L, headDim / 2, 2])
  const y = ops.create([L, D], ops.storage, label)
  for (const band of bands(ops.maxBindingBytes, x, rotation, y)) {
    const pairs = (band.count * D) / 2
    ops.run(kernel, {
      tensors: { x: bandOf(x, band), rotation: bandOf(rotation, band), y: bandOf(y, band) },
      params: { pairs, dim: D, head_dim: headDim },
      ...elementGrid(pairs),
      flops: 8 * pairs,
    })
  }
  return y
}
