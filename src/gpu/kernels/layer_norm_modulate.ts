import { bandOf, bands } from '../bands'
import { rowGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'layer_norm_modulate',
  family: 'norms',
  bindings: ['x', 'modulation', 'e', 'y'],
  params: {
    rows: 'u32',
    dim: 'u32',
    scale_row: 'u32',
    shift_row: 'u32',
    e_rows: 'u32',
    unit: 'f32',
    eps: 'f32',
  },
})

/** Rows of shift, scale and gate that depend on the timestep. */
export interface Modulation {
  /** [R, D] f32, of the weights. */
  readonly modulation: Tensor
  /** [E, D] f32 of the timestep: row r mod E is added to row r. */
  readonly e: Tensor
}

/** Which rows of a modulation a norm takes. */
export interface NormRows {
  readonly scaleRow: number
  readonly shiftRow: number
}

/** adaLN, over the last axis of x [L, D] f32: LayerNorm · (1 + scale) + shift → [L, D]. */
export function layerNormModulate(
  ops: Ops,
  x: Tensor,
  { modulation, e }: Modulation,
  rows: NormRows,
  eps: number,
  label: string,
): Tensor {
  return normalise(ops, x, { modulation, e, eRows: dim(e, 0), unit: 1 }, rows, eps, label)
}

/** LayerNorm over the last axis of x [L, D] f32, with row 0 of `affine` [2, D] f32 its weight and row 1 its bias → [L, D]. */
export function layerNorm(ops: Ops, x: Tensor, affine: Tensor, eps: number, label: string): Tensor {
  return normalise(
    ops,
    x,
    { modulation: affine, e: affine, eRows: 0, unit: 0 },
    { scaleRow: 0, shiftRow: 1 },
    eps,
    label,
  )
}

interface Scaling extends Modulation {
  readonly eRows: number
  readonly unit: 0 | 1
}

function normalise(
  ops: Ops,
  x: Tensor,
  { modulation, e, eRows, unit }: Scaling,
  { scaleRow, shiftRow }: NormRows,
  eps: number,
  label: string,
): Tensor {
  const [L, D] = [dim(x, 0), dim(x, 1)]
  const wrong = [modulation, e].find((rows) => dim(rows, -1) !== D)
  if (wrong)
    throw new RangeError(`${wrong.label} has rows of ${dim(wrong, -1)}; ${x.label} has ${D} channels.`)
  const y = ops.create([L, D], ops.storage, label)
  for (const band of bands(ops.maxBindingBytes, x, y)) {
    ops.run(kernel, {
      tensors: { x: bandOf(x, band), modulation, e, y: bandOf(y, band) },
      params: {
        rows: band.count,
        dim: D,
        scale_row: scaleRow,
        shift_row: shiftRow,
        e_rows: eRows,
        unit,
        eps,
      },
      ...rowGrid(ops, band.count),
      flops: 12 * band.count * D,
    })
  }
  return y
}
