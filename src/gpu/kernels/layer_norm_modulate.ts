import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { rowSum } from '../variants'
import { dim, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'layer_norm_modulate',
  bindings: ['x', 'modulation', 'y'],
  params: { rows: 'u32', dim: 'u32', scale_row: 'u32', shift_row: 'u32', unit: 'f32', eps: 'f32' },
})

/** Where scale and shift stand in `modulation`; `unit` is what is added to the scale. */
export interface NormRows {
  readonly scaleRow: number
  readonly shiftRow: number
  readonly unit: 0 | 1
}

/** LayerNorm over the last axis with the scale and shift of two rows of `modulation`: x [L, D] f32, modulation [R, D] f32 → [L, D]. */
export function layerNormModulate(ops: Ops, x: Tensor, modulation: Tensor, { scaleRow, shiftRow, unit }: NormRows, eps: number, label: string): Tensor {
  const [L, D] = [dim(x, 0), dim(x, 1)]
  if (dim(modulation, -1) !== D) throw new RangeError(`${modulation.label} has rows of ${dim(modulation, -1)}; ${x.label} has ${D} channels.`)
  const y = ops.create([L, D], ops.storage, label)
  for (const band of bands(ops.maxBindingBytes, x, y)) {
    ops.run(kernel, {
      tensors: { x: bandOf(x, band), modulation, y: bandOf(y, band) },
      params: { rows: band.count, dim: D, scale_row: scaleRow, shift_row: shiftRow, unit, eps },
      ...rowSum(ops, band.count),
      flops: 12 * band.count * D,
    })
  }
  return y
}
