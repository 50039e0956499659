import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { LinearWeight } from '../matrix'
import type { Ops } from '../ops'
import { dim, type DType, type Tensor } from '../tensor'
import { productsOf, type Variants } from '../variants'

export const kernel = defineKernel({
  stem: 'linear',
  bindings: ['x', 'weight', 'scales', 'bias', 'y'],
  params: { tokens: 'u32', rows: 'u32', cols: 'u32', stride: 'u32', activation: 'u32' },
})

/** Tokens and outputs of a tile, as in `shared/linear_tile_*.wgsl`. */
const TILES = {
  quads: { tokens: 16, rows: 64 },
  octs: { tokens: 16, rows: 64 },
  '64': { tokens: 64, rows: 64 },
  '128': { tokens: 128, rows: 128 },
  matrix: { tokens: 128, rows: 128 },
  int8: { tokens: 64, rows: 64 },
} as const

const ACTIVATIONS = { none: 0, gelu: 1, silu: 2 } as const
export type Activation = keyof typeof ACTIVATIONS

export interface LinearOptions {
  readonly activation?: Activation
  /** Type of y; the storage type unless given. */
  readonly dtype?: Extract<DType, 'f32' | 'f16'>
}

/** x [L, K] → [L, N]: activation(x·wᵀ + bias), whatever format the weight has. @throws RangeError when K is not the weight's. */
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
      ...tiling(ops, x, w, band.count, { y_scalar: `y_scalar_${dtype}` }),
    })
  }
  return y
}

interface Loop {
  readonly tile: keyof typeof TILES
  readonly products: ReturnType<typeof productsOf>
}

/** Whether products become quicker with activations rounded to int8. CPUs and matrix units multiply floats sooner, and more exactly. */
function gainsByInt8(loop: Variants['linear']): boolean {
  return loop !== 'quads' && loop !== 'octs' && loop !== 'matrix'
}

/** The loop of a product: the adapter's, where x and w allow it. An x in f32 may be too large for f16. */
function loopOf({ variants, activations }: Ops, x: Tensor, w: LinearWeight): Loop {
  const products = 'products_f32'
  if (activations === 'int8' && w.format !== 'f16' && gainsByInt8(variants.linear))
    return { tile: 'int8', products }
  const isHalf = x.dtype === 'f16'
  switch (variants.linear) {
    case 'quads':
    case 'octs':
      return { tile: loadsFours(w) ? variants.linear : '64', products }
    case 'matrix':
      return { tile: isHalf && loadsFours(w) ? 'matrix' : '128', products }
    case '64_f16':
    case '128_f16':
      return {
        tile: variants.linear === '64_f16' ? '64' : '128',
        products: isHalf ? productsOf(variants.linear) : products,
      }
    default:
      return { tile: variants.linear, products }
  }
}

function loadsFours({ cols }: LinearWeight): boolean {
  return cols % 4 === 0
}

/** How a product of `tokens` rows of x with w is cut, and the files that do it. */
export function tiling(
  ops: Ops,
  x: Tensor,
  w: LinearWeight,
  tokens: number,
  imports: Readonly<Record<string, string>> = {},
) {
  const { tile, products } = loopOf(ops, x, w)
  const size = TILES[tile]
  return {
    imports: {
      weight: `weight_${w.format}`,
      x_scalar: `x_scalar_${x.dtype}`,
      x_load: `x_load_${loadsFours(w) ? 4 : 1}`,
      linear_tile: `linear_tile_${tile}`,
      products,
      ...imports,
    },
    grid: [Math.ceil(w.rows / size.rows), Math.ceil(tokens / size.tokens), 1],
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
