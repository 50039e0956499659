import { bandOf, windowBands } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, elementCount, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'upsample_shortcut',
  bindings: ['x', 'y'],
  params: {
    count: 'u32',
    in_width: 'u32',
    in_channels: 'u32',
    out_channels: 'u32',
    time: 'u32',
    i: 'u32',
    space: 'u32',
    repeats: 'u32',
    first_row: 'u32',
    first_in_row: 'u32',
  },
})

/** How a shortcut resamples: factors in time and in space, and which of the `time` frames it is about. */
export interface ShortcutShape {
  readonly time: number
  readonly space: number
  readonly i: number
}

/**
 * Adds to `y` [H s, W s, N] the frame `x` [H, W, C], whose channels are repeated and dealt out to the s×s pixels of
 * each and to `time` frames.
 */
export function upsampleShortcut(ops: Ops, x: Tensor, y: Tensor, { time, space: s, i }: ShortcutShape): void {
  const [H, W, C, N] = [dim(x, 0), dim(x, 1), dim(x, 2), dim(y, 2)]
  expectShape(y, [H * s, W * s, N])
  const repeats = (N * time * s * s) / C
  if (!Number.isInteger(repeats))
    throw new RangeError(
      `${C} channels cannot be dealt out to ${N} of ${time} frames and ${s}×${s} pixels: ${N * time * s * s} is no multiple of ${C}.`,
    )
  const window = { ratio: s, above: 0, below: 0 }
  for (const { input, output } of windowBands(ops.maxBindingBytes, x, y, window, s)) {
    const part = bandOf(y, output)
    const count = elementCount(part.shape)
    ops.run(kernel, {
      tensors: { x: bandOf(x, input), y: part },
      params: {
        count,
        in_width: W,
        in_channels: C,
        out_channels: N,
        time,
        i,
        space: s,
        repeats,
        first_row: output.first,
        first_in_row: input.first,
      },
      ...elementGrid(count),
      flops: 8 * count,
    })
  }
}
