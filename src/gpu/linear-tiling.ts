// How a product with a packed matrix is cut: one owner for the kernels that share the loops.
import type { LinearWeight } from './matrix'
import type { Ops } from './ops'
import { dim, type Tensor } from './tensor'
import { fittingRow, LINEAR, LINEAR_INT8 } from './variant-table'

export const ACTIVATIONS = { none: 0, gelu: 1, silu: 2, gelu_erf: 3 } as const
export type Activation = keyof typeof ACTIVATIONS

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
