import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { LinearWeight } from '../matrix'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import type { Modulation } from './layer_norm_modulate'
import { checkInputs, tiling } from './linear'

export const kernel = defineKernel({
  stem: 'linear_residual',
  family: 'linear',
  bindings: ['x', 'weight', 'scales', 'bias', 'modulation', 'e', 'residual'],
  params: {
    tokens: 'u32',
    rows: 'u32',
    cols: 'u32',
    stride: 'u32',
    gated: 'u32',
    gate_row: 'u32',
    e_rows: 'u32',
  },
})

/** A row of a modulation. */
export interface Gate extends Modulation {
  readonly row: number
}

/** residual [L, N] f32 += gate · (x·wᵀ + bias), in place; x [L, K]. Without a gate it is 1. */
export function addLinear(ops: Ops, residual: Tensor, x: Tensor, w: LinearWeight, gate?: Gate): void {
  const L = checkInputs(x, w)
  expectShape(residual, [L, w.rows])
  const { modulation = w.bias, e = w.bias, row = 0 } = gate ?? {}
  for (const band of bands(ops.maxBindingBytes, residual, x)) {
    ops.run(kernel, {
      tensors: {
        x: bandOf(x, band),
        weight: w.data,
        scales: w.scales,
        bias: w.bias,
        modulation,
        e,
        residual: bandOf(residual, band),
      },
      params: {
        tokens: band.count,
        rows: w.rows,
        cols: w.cols,
        stride: w.stride,
        gated: gate ? 1 : 0,
        gate_row: row,
        e_rows: dim(e, 0),
      },
      ...tiling(ops, x, w, band.count),
    })
  }
}
