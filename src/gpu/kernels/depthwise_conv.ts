import { bandOf, windowBands } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'depthwise_conv',
  bindings: ['x_current', 'x_previous', 'weight', 'y'],
  params: {
    in_height: 'u32',
    width: 'u32',
    channels: 'u32',
    kernel: 'u32',
    first_of_clip: 'u32',
    rows: 'u32',
    first_row: 'u32',
    first_in_row: 'u32',
  },
})

/** One k×k filter a channel, no bias, on the GPU: [k, k, channels] f32. */
export type DepthwiseWeight = Tensor

/** PyTorch's [channels, 1, k, k] on the GPU. */
export function uploadDepthwise(
  ops: Ops,
  values: Float32Array,
  channels: number,
  label: string,
): DepthwiseWeight {
  const taps = values.length / channels
  const size = Math.sqrt(taps)
  return ops.upload(
    () => Float32Array.from(values, (_, i) => values[(i % channels) * taps + Math.floor(i / channels)]!),
    [size, size, channels],
    'f32',
    label,
  )
}

/**
 * Filters each channel of a frame [H, W, C] and of the frame before it by a k×k filter of its own, k odd, with zeros
 * around:
 * [H, W, 2C], those of `current` first. `previous` counts as zeros where there is none.
 */
export function depthwiseConv(
  ops: Ops,
  weight: DepthwiseWeight,
  current: Tensor,
  previous: Tensor | undefined,
  label: string,
): Tensor {
  const [H, W, C] = [dim(current, 0), dim(current, 1), dim(current, 2)]
  const size = dim(weight, 0)
  expectShape(weight, [size, size, 2 * C])
  if (previous) expectShape(previous, [H, W, C])
  const y = ops.create([H, W, 2 * C], ops.storage, label)
  const window = { ratio: 1, above: (size - 1) / 2, below: (size - 1) / 2 }
  for (const { input, output } of windowBands(ops.maxBindingBytes, current, y, window, 1)) {
    const x = bandOf(current, input)
    const invocations = output.count * Math.ceil(W / 4) * 2 * C
    ops.run(kernel, {
      tensors: {
        x_current: x,
        x_previous: previous ? bandOf(previous, input) : x,
        weight,
        y: bandOf(y, output),
      },
      params: {
        in_height: H,
        width: W,
        channels: C,
        kernel: size,
        first_of_clip: previous ? 0 : 1,
        rows: output.count,
        first_row: output.first,
        first_in_row: input.first,
      },
      ...elementGrid(invocations),
      flops: 2 * size ** 2 * output.count * W * (previous ? 2 : 1) * C,
    })
  }
  return y
}
