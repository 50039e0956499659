import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, elementCount, type Tensor } from '../tensor'
import { kernel as framesKernel } from './frame_to_patches'

export const kernel = defineKernel({
  stem: 'patches_to_frame',
  bindings: ['patches', 'frame'],
  params: framesKernel.params,
})

/** Patches [H, W, C s s] laid out as the pixels that they hold: [H s, W s, C]. */
export function patchesToFrame(ops: Ops, patches: Tensor, size: number, label: string): Tensor {
  const [H, W, K] = [dim(patches, 0), dim(patches, 1), dim(patches, 2)]
  const channels = K / size ** 2
  if (!Number.isInteger(channels))
    throw new RangeError(`${patches.label} [${H}, ${W}, ${K}] holds no whole patches of ${size}×${size}.`)
  const frame = ops.create([H * size, W * size, channels], ops.storage, label)
  const count = elementCount(frame.shape)
  ops.run(kernel, {
    tensors: { patches, frame },
    params: { count, width: W, channels, size },
    ...elementGrid(count),
    flops: 8 * count,
  })
  return frame
}
