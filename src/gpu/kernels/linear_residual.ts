import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import { addSides } from '../linear-sides'
import { checkInputs, tiling } from '../linear-tiling'
import type { LinearWeight } from '../matrix'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import { timeParams } from './layer_norm_modulate'
import { thinProduct } from './linear'
import type { Gate } from './linear_side'

export const kernel = defineKernel({
  stem: 'linear_residual',
  family: 'linear',
  bindings: ['x', 'weight', 'scales', 'bias', 'modulation', 'e', 'time_rows', 'residual'],
  params: {
    tokens: 'u32',
    rows: 'u32',
    cols: 'u32',
    stride: 'u32',
    gated: 'u32',
    gate_row: 'u32',
    e_rows: 'u32',
    first_token: 'u32',
    row_tokens: 'u32',
  },
})

export type { Gate } from './linear_side'

/** residual [L, N] f32 += gate · (x·wᵀ + bias), in place, with w's side paths; x [L, K]. The gate is 1 by default. */
export function addLinear(ops: Ops, residual: Tensor, x: Tensor, w: LinearWeight, gate?: Gate): void {
  const L = checkInputs(x, w)
  expectShape(residual, [L, w.rows])
  const { modulation = w.bias, e = w.bias, row = 0, timeRows, firstToken = 0 } = gate ?? {}
  for (const band of bands(ops.maxBindingBytes, residual, x)) {
    ops.run(kernel, {
      tensors: {
        x: bandOf(x, band),
        weight: w.data,
        scales: w.scales,
        bias: w.bias,
        modulation,
        e,
        time_rows: timeRows?.index ?? e,
        residual: bandOf(residual, band),
      },
      params: {
        tokens: band.count,
        rows: w.rows,
        cols: w.cols,
        stride: w.stride,
        gated: gate ? 1 : 0,
        gate_row: row,
        e_rows: gate ? dim(e, 1) : 0,
        ...timeParams(timeRows, firstToken + band.first),
      },
      ...tiling(ops, x, w, band.count),
    })
  }
  if (w.sides) addSides(ops, residual, x, w, { sides: w.sides, gate, project: thinProduct })
}
