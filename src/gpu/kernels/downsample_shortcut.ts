import { bandOf, windowBands } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, elementCount, expectShape, type Tensor } from '../tensor'
import type { ShortcutShape } from './upsample_shortcut'

export const kernel = defineKernel({
  stem: 'downsample_shortcut',
  bindings: ['x', 'y'],
  params: {
    count: 'u32',
    width: 'u32',
    in_channels: 'u32',
    out_channels: 'u32',
    time: 'u32',
    i: 'u32',
    space: 'u32',
    group: 'u32',
    adds: 'u32',
    first_row: 'u32',
    first_in_row: 'u32',
  },
})

/**
 * What the frame `x` [H, W, C] gives to the mean of `time` frames and s×s pixels, by groups of channels: [H/s, W/s, N].
 * @param sum where given, it is added to, and returned
 */
export function downsampleShortcut(
  ops: Ops,
  x: Tensor,
  outChannels: number,
  { time, space: s, i }: ShortcutShape,
  label: string,
  sum?: Tensor,
): Tensor {
  const [H, W, C, N] = [dim(x, 0), dim(x, 1), dim(x, 2), outChannels]
  const group = (C * time * s * s) / N
  if (H % s !== 0 || W % s !== 0 || !Number.isInteger(group))
    throw new RangeError(
      `${x.label} [${H}, ${W}, ${C}] cannot be averaged to ${N} channels over ${time} frames and ${s}×${s} pixels: sizes and ${C * time * s * s} channels must divide.`,
    )
  const shape = [H / s, W / s, N]
  const y = sum ?? ops.create(shape, ops.storage, label)
  expectShape(y, shape)
  const window = { ratio: 1 / s, above: 0, below: 0 }
  for (const { input, output } of windowBands(ops.maxBindingBytes, x, y, window, 1)) {
    const part = bandOf(y, output)
    const count = elementCount(part.shape)
    ops.run(kernel, {
      tensors: { x: bandOf(x, input), y: part },
      params: {
        count,
        width: W / s,
        in_channels: C,
        out_channels: N,
        time,
        i,
        space: s,
        group,
        adds: sum ? 1 : 0,
        first_row: output.first,
        first_in_row: input.first,
      },
      ...elementGrid(count),
      flops: 4 * group * count,
    })
  }
  return y
}
