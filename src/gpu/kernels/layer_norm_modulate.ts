import { bandOf, bands } from '../bands'
import { rowGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'layer_norm_modulate',
  family: 'norms',
  bindings: ['x', 'modulation', 'e', 'time_rows', 'y'],
  params: {
    rows: 'u32',
    dim: 'u32',
    scale_row: 'u32',
    shift_row: 'u32',
    e_rows: 'u32',
    first_token: 'u32',
    row_tokens: 'u32',
    unit: 'f32',
    eps: 'f32',
  },
})

/** The timestep of each token, from a table. */
export interface TimeRows {
  /** Consecutive tokens that share a timestep; `Infinity` where all do. */
  readonly tokens: number
  /** [L] u32: the timestep of each token, instead of `tokens`. */
  readonly index?: Tensor
}

/** Rows of shift, scale and gate that depend on the timestep. */
export interface Modulation {
  /** [R, D] f32, of the weights. */
  readonly modulation: Tensor
  /** [T, E, D] f32 of T timesteps: row r mod E of a token's timestep is added to row r. */
  readonly e: Tensor
  /** All tokens have the first timestep unless given. */
  readonly timeRows?: TimeRows
}

/** A u32 larger than any token's number: one timestep for all. */
const ALL_TOKENS = 0xffffffff

/** The parameters of `lib/modulation` for tokens that begin at `firstToken`. */
export function timeParams(timeRows: TimeRows | undefined, firstToken: number) {
  const { tokens, index } = timeRows ?? { tokens: Infinity }
  return { first_token: firstToken, row_tokens: index ? 0 : Math.min(tokens, ALL_TOKENS) }
}

/** The rows of a modulation that a norm uses. */
export interface NormRows {
  readonly scaleRow: number
  readonly shiftRow: number
}

/** adaLN, over the last axis of x [L, D] f32: LayerNorm · (1 + scale) + shift → [L, D]. */
export function layerNormModulate(
  ops: Ops,
  x: Tensor,
  scaling: Modulation,
  rows: NormRows,
  eps: number,
  label: string,
): Tensor {
  return normalise(ops, x, { ...scaling, eRows: dim(scaling.e, 1), unit: 1 }, rows, eps, label)
}

/**
 * LayerNorm over the last axis of x [L, D] f32, with row 0 of `affine` [2, D] f32 its weight and row 1 its bias → [L,
 * D].
 */
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
  { modulation, e, timeRows, eRows, unit }: Scaling,
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
      tensors: { x: bandOf(x, band), modulation, e, time_rows: timeRows?.index ?? e, y: bandOf(y, band) },
      params: {
        rows: band.count,
        dim: D,
        scale_row: scaleRow,
        shift_row: shiftRow,
        e_rows: eRows,
        ...timeParams(timeRows, band.first),
        unit,
        eps,
      },
      ...rowGrid(ops, band.count),
      flops: 12 * band.count * D,
    })
  }
  return y
}
