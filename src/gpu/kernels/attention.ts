import { bandOf, bands, type Band } from '../bands'
import { GpuError } from '../errors'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import { ATTENTION, fittingRow } from '../variant-table'

export const kernel = defineKernel({
  stem: 'attention',
  family: 'attention',
  bindings: ['q', 'k', 'k_rest', 'v', 'v_rest', 'out'],
  params: {
    queries: 'u32',
    keys: 'u32',
    first_keys: 'u32',
    dim: 'u32',
    head_dim: 'u32',
    scale: 'f32',
    last_bias: 'f32',
    query_eps: 'f32',
  },
})

export interface AttentionOptions {
  readonly numHeads: number
  /** How many identical keys the last one represents: its logit is raised by the logarithm. 1 by default. */
  readonly lastKeyCount?: number
  /** Applies RMSNorm to the queries over all heads first; k must already be multiplied by the norm's weight. */
  readonly normQueries?: { readonly eps: number }
}

/**
 * Softmax attention of every head, scaled by 1/√d: q [L, N·d], k and v [S, N·d] → [L, N·d]. Memory grows with L, not
 * L·S.
 */
export function attention(
  ops: Ops,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { numHeads, lastKeyCount = 1, normQueries }: AttentionOptions,
  label: string,
): Tensor {
  const [L, D, S] = [dim(q, 0), dim(q, 1), dim(k, 0)]
  expectShape(k, [S, D])
  expectShape(v, [S, D])
  if (D % numHeads !== 0)
    throw new RangeError(`${q.label} has ${D} channels; they do not divide into ${numHeads} heads.`)
  const headDim = D / numHeads
  const { slots, sizes } = fittingRow(ATTENTION, ops.variants.attention, { headDim })
  const out = ops.create([L, D], ops.storage, label)
  const [keys, rest = keys, ...more] = bands(ops.maxBindingBytes, k, v) as [Band, ...Band[]]
  if (more.length > 0)
    throw new GpuError(
      'limit',
      `${k.label} [${S}, ${D}] needs ${k.byteLength} bytes; attention binds at most two parts of ${ops.maxBindingBytes}. Choose a smaller size or fewer frames.`,
    )
  for (const band of bands(ops.maxBindingBytes, q, out)) {
    ops.run(kernel, {
      tensors: {
        q: bandOf(q, band),
        k: bandOf(k, keys),
        k_rest: bandOf(k, rest),
        v: bandOf(v, keys),
        v_rest: bandOf(v, rest),
        out: bandOf(out, band),
      },
      params: {
        queries: band.count,
        keys: S,
        first_keys: keys.count,
        dim: D,
        head_dim: headDim,
        scale: 1 / Math.sqrt(headDim),
        last_bias: Math.log(lastKeyCount),
        query_eps: normQueries?.eps ?? 0,
      },
      slots: {
        ...slots,
        keys: rest === keys ? 'whole' : 'split',
        load: slots.loop === 'subgroup_matrix' ? 'eights' : headDim % 4 === 0 ? 'fours' : 'ones',
        queries: normQueries ? 'normed' : 'plain',
      },
      given: sizes,
      grid: [Math.ceil(band.count / sizes.WORKGROUP_QUERIES), numHeads, Math.ceil(headDim / sizes.COLUMNS)],
      flops: 4 * band.count * S * D,
    })
  }
  return out
}
