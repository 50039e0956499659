import { bandOf, bands } from '../bands'
import { rowGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'rms_norm',
  family: 'norms',
  bindings: ['x', 'weight'],
  params: { rows: 'u32', dim: 'u32', eps: 'f32' },
})

/** RMSNorm of x [L, D] over all channels times weight [D] f32, in place. */
export function rmsNorm(ops: Ops, x: Tensor, weight: Tensor, eps: number): void {
  const D = dim(x, 1)
  expectShape(weight, [D])
  for (const band of bands(ops.maxBindingBytes, x)) {
    ops.run(kernel, {
      tensors: { x: bandOf(x, band), weight },
      params: { rows: band.count, dim: D, eps },
      ...rowGrid(ops, band.count),
      flops: 8 * band.count * D,
    })
  }
}
