import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { LinearWeight } from '../matrix'
import type { Ops } from '../ops'
import { dim, type DType, type Tensor } from '../tensor'
import { fittingRow, LINEAR, LINEAR_INT8 } from '../variant-table'

export const kernel = defineKernel({
  stem: 'linear',
  family: 'linear',
  bindings: ['x', 'weight', 'scales', 'bias', 'y'],
  params: { tokens: 'u32', rows: 'u32', cols: 'u32', stride: 'u32', activation: 'u32' },
})

const ACTIVATIONS = { none: 0, gelu: 1, silu: 2, gelu_erf: 3 } as const
export type Activation = keyof typeof ACTIVATIONS

export interface LinearOptions {
  readonly activation?: Activation
  /** Type of y; the storage type by default. */
  readonly dtype?: Extract<DType, 'f32' | 'f16'>
}

/**
 * x [L, K] → [L, N]: activation(x·wᵀ + bias), for any format of the weight. @throws RangeError when K is not the
 * weight's.
 */
export function linear(
  ops: Ops,
  x: Tensor,
  w: LinearWeight,
  label: string,
  { activation = 'none', dtype = ops.storage }: LinearOptions = {},
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

/**
 * The variant that computes a product: the device's, where x and w suit it. Int8 is quicker than tiles alone: CPUs
 * and matrix units multiply floats sooner, and more exactly.
 */
function rowOf({ variants, activations }: Ops, x: Tensor, w: LinearWeight) {
  const row = fittingRow(LINEAR, variants.linear, { cols: w.cols, isHalf: x.dtype === 'f16' })
  const chosen = LINEAR.find(({ name }) => name === variants.linear)
  const isInt8 = activations === 'int8' && w.format !== 'f16' && chosen?.slots.loop === 'tile'
  return isInt8 ? LINEAR_INT8 : row
}

/** How a product of `tokens` rows of x with w is cut, and the shader's files, types and numbers. */
export function tiling(
  ops: Ops,
  x: Tensor,
  w: LinearWeight,
  tokens: number,
  given: Readonly<Record<string, string>> = {},
) {
  const { slots, sizes } = rowOf(ops, x, w)
  return {
    slots: { weight: w.format, inputs: w.cols % 4 === 0 ? 'fours' : 'ones', ...slots },
    given: { ...sizes, x_scalar: x.dtype, ...given },
    grid: [Math.ceil(w.rows / sizes.TILE_ROWS), Math.ceil(tokens / sizes.TILE_TOKENS), 1],
    flops: 2 * tokens * w.rows * w.cols,
  } as const
}

/** L of x [L, K]. @throws RangeError when K is not the weight's. */
export function checkInputs(x: Tensor, w: LinearWeight): number {
  if (dim(x, 1) !== w.cols)
    throw new RangeError(
      `${x.label} has ${dim(x, 1)} channels; ${w.data.label} [${w.rows}, ${w.cols}] takes ${w.cols}.`,
    )
  return dim(x, 0)
}
