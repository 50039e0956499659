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
    adds: 'u32',
    rows: 'u32',
    first_row: 'u32',
    first_in_row: 'u32',
  },
})

/**
 * Spreads the channels of a pixel over factor × factor pixels, as in PyTorch: [H, W, factor² C] → [factor H, factor W, C].
 * @param base [H, W, C], added to every pixel that one of its pixels becomes
 */
export function pixelShuffle(
  ops: Ops,
  x: Tensor,
  factor: number,
  base: Tensor | undefined,
  label: string,
): Tensor {
  const [H, W, all] = [dim(x, 0), dim(x, 1), dim(x, 2)]
  expectShape(x, [H, W, all])
  const C = all / factor ** 2
  if (!Number.isInteger(C))
    throw new RangeError(`${x.label} has ${all} channels; they cannot become ${factor}×${factor} pixels.`)
  if (base) expectShape(base, [H, W, C])
  const y = ops.create([H * factor, W * factor, C], ops.storage, label)
  const window = { ratio: factor, above: 0, below: 0 }
  for (const { input, output } of windowBands(ops.maxBindingBytes, x, y, window, 1)) {
    const from = bandOf(x, input)
    const elements = output.count * W * factor * C
    ops.run(kernel, {
      tensors: { x: from, base: base ?? from, y: bandOf(y, output) },
      params: {
        in_width: W,
        channels: C,
        factor,
        adds: base ? 1 : 0,
        rows: output.count,
        first_row: output.first,
        first_in_row: input.first,
      },
      ...elementGrid(elements),
      flops: 2 * elements,
    })
  }
  return y
}
