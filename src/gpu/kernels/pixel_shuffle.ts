import { bandOf, windowBands } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'pixel_shuffle',
  bindings: ['x', 'base', 'y'],
  params: {
    in_width: 'u32',
    channels: 'u32',
    factor: 'u32',
    pool: 'u32',
    adds: 'u32',
    rows: 'u32',
    first_row: 'u32',
    first_in_row: 'u32',
  },
})

export interface ShuffleOptions {
  /** [H, W, C], added to every pixel that one of its pixels becomes. */
  readonly base?: Tensor
  /** Takes the mean of pool × pool of the new pixels at a time: a divisor of the factor. */
  readonly pool?: number
}

/**
 * Spreads the channels of a pixel over factor × factor pixels, as in PyTorch: [H, W, factor² C] → [factor H, factor
 * W, C].
 */
export function pixelShuffle(
  ops: Ops,
  x: Tensor,
  factor: number,
  label: string,
  { base, pool = 1 }: ShuffleOptions = {},
): Tensor {
  const [H, W, all] = [dim(x, 0), dim(x, 1), dim(x, 2)]
  expectShape(x, [H, W, all])
  const C = all / factor ** 2
  if (!Number.isInteger(C))
    throw new RangeError(`${x.label} has ${all} channels; they cannot become ${factor}×${factor} pixels.`)
  const scale = factor / pool
  if (!Number.isInteger(scale))
    throw new RangeError(`${label} cannot take means of ${pool}×${pool} of ${factor}×${factor} pixels.`)
  if (base) expectShape(base, [H, W, C])
  const y = ops.create([H * scale, W * scale, C], ops.storage, label)
  const window = { ratio: scale, above: 0, below: 0 }
  for (const { input, output } of windowBands(ops.maxBindingBytes, x, y, window, 1)) {
    const from = bandOf(x, input)
    const elements = output.count * W * scale * C
    ops.run(kernel, {
      tensors: { x: from, base: base ?? from, y: bandOf(y, output) },
      params: {
        in_width: W,
        channels: C,
        factor,
        pool,
        adds: base ? 1 : 0,
        rows: output.count,
        first_row: output.first,
        first_in_row: input.first,
      },
      ...elementGrid(elements),
      flops: (1 + pool ** 2) * elements,
    })
  }
  return y
}
