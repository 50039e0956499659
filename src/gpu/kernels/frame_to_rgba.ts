import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'frame_to_rgba',
  bindings: ['frame', 'rgba'],
  params: { pixels: 'u32' },
})

/**
 * A decoded frame [H, W, 3] in [-1, 1], clamped and rounded to the nearest of 256 levels: [H, W] u32, bytes R G B
 * 255.
 */
export function frameToRgba(ops: Ops, frame: Tensor, label: string): Tensor {
  const [H, W] = [dim(frame, 0), dim(frame, 1)]
  expectShape(frame, [H, W, 3])
  const rgba = ops.create([H, W], 'u32', label)
  ops.run(kernel, {
    tensors: { frame, rgba },
    params: { pixels: H * W },
    ...elementGrid(H * W),
    flops: 12 * H * W,
  })
  return rgba
}
