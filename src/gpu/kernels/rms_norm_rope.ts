import { bandOf, bands } from '../bands'
import { rowGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'rms_norm_rope',
  family: 'norms',
  bindings: ['q', 'k', 'q_weight', 'k_weight', 'rotation'],
  params: { rows: 'u32', dim: 'u32', head_dim: 'u32', eps: 'f32' },
})

/** Weights of RMSNorm, each [D] f32. */
export interface NormWeights {
  readonly normQ: Tensor
  readonly normK: Tensor
}

/**
 * RMSNorm of q and of k [L, D] over all channels times their weights, in place, then the rotary embedding of adjacent
 * pairs within each head: rotation [L, headDim/2, 2] (cos, sin).
 */
export function rmsNormRope(
  ops: Ops,
  q: Tensor,
  k: Tensor,
  { normQ, normK }: NormWeights,
  headDim: number,
  rotation: Tensor,
  eps: number,
): void {
  const [L, D] = [dim(q, 0), dim(q, 1)]
  expectShape(k, [L, D])
  expectShape(normQ, [D])
  expectShape(normK, [D])
  expectShape(rotation, [L, headDim / 2, 2])
  for (const band of bands(ops.maxBindingBytes, q, k, rotation)) {
    const { grid, ...rows } = rowGrid(ops, band.count)
    ops.run(kernel, {
      tensors: {
        q: bandOf(q, band),
        k: bandOf(k, band),
        q_weight: normQ,
        k_weight: normK,
        rotation: bandOf(rotation, band),
      },
      params: { rows: band.count, dim: D, head_dim: headDim, eps },
      ...rows,
      grid: [grid[0], 2, 1],
      flops: 24 * band.count * D,
    })
  }
}
