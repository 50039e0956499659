import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, elementCount, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'frame_to_patches',
  bindings: ['frame', 'patches'],
  params: { count: 'u32', width: 'u32', channels: 'u32', size: 'u32' },
})

/** The s×s pixels of each patch of a frame [H, W, C] as channels: [H/s, W/s, C s s]. */
export function frameToPatches(ops: Ops, frame: Tensor, size: number, label: string): Tensor {
  const [H, W, C] = [dim(frame, 0), dim(frame, 1), dim(frame, 2)]
  if (H % size !== 0 || W % size !== 0)
    throw new RangeError(`${frame.label} [${H}, ${W}, ${C}] does not divide into patches of ${size}×${size}.`)
  const patches = ops.create([H / size, W / size, C * size * size], ops.storage, label)
  const count = elementCount(frame.shape)
  ops.run(kernel, {
    tensors: { frame, patches },
    params: { count, width: W / size, channels: C, size },
    ...elementGrid(count),
    flops: 8 * count,
  })
  return patches
}
