import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { LinearWeight } from '../linear-weight'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import { checkInputs, tiling } from './linear'

export const kernel = defineKernel({
  stem: 'linear_residual',
  bindings: ['x', 'weight', 'scales', 'bias', 'modulation', 'residual'],
  params: { tokens: 'u32', rows: 'u32', cols: 'u32', stride: 'u32', gate_row: 'u32', gate_rows: 'u32' },
})

/** Row of a modulation tensor [R, N] f32. */
export interface Gate {
  readonly modulation: Tensor
  readonly row: number
}

/** residual [L, N] f32 += gate · (x·wᵀ + bias), in place; x [L, K]. Without a gate it is 1. */
export function addLinear(ops: Ops, residual: Tensor, x: Tensor, w: LinearWeight, gate?: Gate): void {
  const L = checkInputs(x, w)
  expectShape(residual, [L, w.rows])
  const gateRows = gate ? dim(gate.modulation, 0) : 0
  for (const band of bands(ops.maxBindingBytes, residual, x)) {
    ops.run(kernel, {
      tensors: { x: bandOf(x, band), weight: w.data, scales: w.scales, bias: w.bias, modulation: gate?.modulation ?? w.bias, residual: bandOf(residual, band) },
      params: { tokens: band.count, rows: w.rows, cols: w.cols, stride: w.stride, gate_row: gate?.row ?? 0, gate_rows: gateRows },
      ...tiling(ops, x, w, band.count),
    })
  }
}
