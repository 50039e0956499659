import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import { ACTIVATIONS, checkInputs, tiling, type Activation } from '../linear-tiling'
import type { LinearWeight } from '../matrix'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import { timeParams, type Modulation } from './layer_norm_modulate'

export const kernel = defineKernel({
  stem: 'linear_side',
  family: 'linear',
  bindings: ['x', 'weight', 'scales', 'outputs', 'modulation', 'e', 'time_rows', 'y'],
  params: {
    tokens: 'u32',
    rows: 'u32',
    cols: 'u32',
    stride: 'u32',
    factor: 'f32',
    scaled: 'u32',
    activation: 'u32',
    gated: 'u32',
    gate_row: 'u32',
    e_rows: 'u32',
    first_token: 'u32',
    row_tokens: 'u32',
  },
})

/** A row of a modulation. */
export interface Gate extends Modulation {
  readonly row: number
  /** Index of x's first token among those of the modulation; 0 by default. */
  readonly firstToken?: number
}

export interface SideOptions {
  readonly factor: number
  /** A factor of each output, [N] f32. */
  readonly outputs?: Tensor | undefined
  readonly gate?: Gate | undefined
  /** Of the whole sum; none by default. */
  readonly activation?: Activation
}

/** y [L, N] of any float type = activation(y + gate · factor · outputs · (x·wᵀ)), in place; x [L, K], no bias. */
export function addProduct(
  ops: Ops,
  y: Tensor,
  x: Tensor,
  w: LinearWeight,
  { factor, outputs, gate, activation = 'none' }: SideOptions,
): void {
  const L = checkInputs(x, w)
  expectShape(y, [L, w.rows])
  const { modulation = w.bias, e = w.bias, row = 0, timeRows, firstToken = 0 } = gate ?? {}
  for (const band of bands(ops.maxBindingBytes, y, x)) {
    ops.run(kernel, {
      tensors: {
        x: bandOf(x, band),
        weight: w.data,
        scales: w.scales,
        outputs: outputs ?? w.bias,
        modulation,
        e,
        time_rows: timeRows?.index ?? e,
        y: bandOf(y, band),
      },
      params: {
        tokens: band.count,
        rows: w.rows,
        cols: w.cols,
        stride: w.stride,
        factor,
        scaled: outputs ? 1 : 0,
        activation: ACTIVATIONS[activation],
        gated: gate ? 1 : 0,
        gate_row: row,
        e_rows: gate ? dim(e, 1) : 0,
        ...timeParams(timeRows, firstToken + band.first),
      },
      ...tiling(ops, x, w, band.count, { y_scalar: y.dtype }),
    })
  }
}
