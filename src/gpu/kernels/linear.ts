import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { LinearWeight } from '../matrix'
import type { Ops } from '../ops'
import { ACTIVATIONS, checkInputs, tiling, type Activation } from '../linear-tiling'
import { addSides } from '../linear-sides'
import type { DType, Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'linear',
  family: 'linear',
  bindings: ['x', 'weight', 'scales', 'bias', 'y'],
  params: { tokens: 'u32', rows: 'u32', cols: 'u32', stride: 'u32', activation: 'u32' },
})

export interface LinearOptions {
  readonly activation?: Activation
  /** Type of y; the storage type by default. */
  readonly dtype?: Extract<DType, 'f32' | 'f16'>
}

/**
 * x [L, K] → [L, N]: activation(x·wᵀ + bias), for any format of the weight, with its side paths. @throws RangeError
 * when K is not the weight's.
 */
export function linear(
  ops: Ops,
  x: Tensor,
  w: LinearWeight,
  label: string,
  { activation = 'none', dtype = ops.storage }: LinearOptions = {},
): Tensor {
  const { sides = [] } = w
  if (sides.length === 0) return product(ops, x, w, label, activation, dtype)
  const y = product(ops, x, w, label, 'none', dtype)
  addSides(ops, y, x, w, { sides, activation, project: thinProduct })
  return y
}

/** The thin half of a side path. */
export function thinProduct(ops: Ops, x: Tensor, w: LinearWeight): Tensor {
  return product(ops, x, w, `${w.data.label}.thin`, 'none', ops.storage)
}

function product(
  ops: Ops,
  x: Tensor,
  w: LinearWeight,
  label: string,
  activation: Activation,
  dtype: Extract<DType, 'f32' | 'f16'>,
): Tensor {
  const L = checkInputs(x, w)
  const y = ops.create([L, w.rows], dtype, label)
  for (const band of bands(ops.maxBindingBytes, x, y)) {
    ops.run(kernel, {
      tensors: { x: bandOf(x, band), weight: w.data, scales: w.scales, bias: w.bias, y: bandOf(y, band) },
      params: {
        tokens: band.count,
        rows: w.rows,
        cols: w.cols,
        stride: w.stride,
        activation: ACTIVATIONS[activation],
      },
      ...tiling(ops, x, w, band.count, { y_scalar: dtype }),
    })
  }
  return y
}
