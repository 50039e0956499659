import { alignedBand, bandOf, cut, rowsPerBinding, type Band } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'quantise_heads',
  bindings: ['x', 'codes', 'scales'],
  params: {
    count: 'u32',
    heads: 'u32',
    head_dim: 'u32',
    x_row: 'u32',
    codes_row: 'u32',
    scales_row: 'u32',
  },
})

/**
 * Rounds rows `from` … of x [·, D] to 8 bits with a scale for each head, into rows `to` … of codes [·, D/4] u32, four
 * to a word, and scales [·, N] f32.
 */
export function quantiseHeads(
  ops: Ops,
  x: Tensor,
  { codes, scales }: { readonly codes: Tensor; readonly scales: Tensor },
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): void {
  const [D, heads] = [dim(x, 1), dim(scales, 1)]
  const headDim = D / heads
  if (headDim % 4 !== 0)
    throw new RangeError(`${x.label} has heads of ${headDim} channels; 8 bits take a multiple of 4.`)
  expectShape(codes, [dim(codes, 0), D / 4])
  const { maxBindingBytes } = ops
  const size = Math.min(count, ...[x, codes, scales].map((tensor) => rowsPerBinding(tensor, maxBindingBytes)))
  for (const { first, count: rows } of cut(count, size)) {
    const part = (tensor: Tensor, start: number): Band =>
      alignedBand(tensor, { first: start + first, count: rows })
    const [source, code, scale] = [part(x, from), part(codes, to), part(scales, to)]
    ops.run(kernel, {
      tensors: { x: bandOf(x, source), codes: bandOf(codes, code), scales: bandOf(scales, scale) },
      params: {
        count: rows * heads,
        heads,
        head_dim: headDim,
        x_row: from + first - source.first,
        codes_row: to + first - code.first,
        scales_row: to + first - scale.first,
      },
      ...elementGrid(rows * heads),
      flops: 4 * rows * D,
    })
  }
}
