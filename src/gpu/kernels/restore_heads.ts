import { bandOf, bands } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'restore_heads',
  bindings: ['codes', 'scales', 'y'],
  params: { words: 'u32', row_words: 'u32', head_words: 'u32' },
})

/** The first `count` rows that `quantiseHeads` wrote: [count, D]. */
export function restoreHeads(
  ops: Ops,
  { codes, scales }: { readonly codes: Tensor; readonly scales: Tensor },
  count: number,
  label: string,
): Tensor {
  const [rowWords, heads] = [dim(codes, 1), dim(scales, 1)]
  expectShape(scales, [dim(codes, 0), heads])
  const whole = { first: 0, count }
  const y = ops.create([count, 4 * rowWords], ops.storage, label)
  for (const band of bands(ops.maxBindingBytes, y, bandOf(codes, whole), bandOf(scales, whole))) {
    const words = band.count * rowWords
    ops.run(kernel, {
      tensors: { codes: bandOf(codes, band), scales: bandOf(scales, band), y: bandOf(y, band) },
      params: { words, row_words: rowWords, head_words: rowWords / heads },
      ...elementGrid(words),
      flops: 8 * words,
    })
  }
  return y
}
