import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'frame_to_i420',
  bindings: ['frame', 'i420'],
  params: { height: 'u32', width: 'u32' },
})

/**
 * Packs a decoded frame [H, W, 3] in [-1, 1] for a video encoder: bytes of the planes Y [H, W], U and V [H/2, W/2] in
 * BT.709, limited range, packed in u32. Y of a pixel that is not finite is 0, which no other has. The last word is padded with zeros where 1.5 H W is no multiple of four.
 * @throws RangeError for an odd side
 */
export function frameToI420(ops: Ops, frame: Tensor, label: string): Tensor {
  const [H, W] = [dim(frame, 0), dim(frame, 1)]
  expectShape(frame, [H, W, 3])
  if (H % 2 !== 0 || W % 2 !== 0)
    throw new RangeError(
      `${frame.label} is ${W}×${H}; a video shares its colours between 2×2 pixels and needs even sides.`,
    )
  const words = Math.ceil((6 * H * W) / 16)
  const i420 = ops.create([words], 'u32', label)
  ops.run(kernel, {
    tensors: { frame, i420 },
    params: { height: H, width: W },
    ...elementGrid(words),
    flops: 36 * H * W,
  })
  return i420
}
