import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { rowSum } from '../variants'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'rms_norm_rope',
  bindings: ['x', 'weight', 'rotation'],
  params: { rows: 'u32', dim: 'u32', head_dim: 'u32', rotated: 'u32', eps: 'f32' },
})

/**
 * RMSNorm of x [L, D] over all channels times weight [D], in place; then, where `rotation` [L, headDim/2, 2] (cos, sin)
 * is given, the rotary embedding of adjacent pairs within each head.
 */
export function rmsNormRope(ops: Ops, x: Tensor, weight: Tensor, headDim: number, rotation: Tensor | undefined, eps: number): void {
  const [L, D] = [dim(x, 0), dim(x, 1)]
  expectShape(weight, [D])
  if (rotation) expectShape(rotation, [L, headDim / 2, 2])
  for (const band of rotation ? bands(ops.maxBindingBytes, x, rotation) : bands(ops.maxBindingBytes, x)) {
    ops.run(kernel, {
      tensors: { x: bandOf(x, band), weight, rotation: rotation ? bandOf(rotation, band) : weight },
      params: { rows: band.count, dim: D, head_dim: headDim, rotated: rotation ? 1 : 0, eps },
      ...rowSum(ops, band.count),
      flops: 12 * band.count * D,
    })
  }
}
