import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import type { LatentStatistics } from './latents_to_frame'

export const kernel = defineKernel({
  stem: 'frame_to_latents',
  bindings: ['frame', 'mean', 'deviation', 'latents'],
  params: { frame_channels: 'u32', channels: 'u32', frames: 'u32', pixels: 'u32', t: 'u32' },
})

/** Normalises the first C channels of `frame` [H, W, K] and writes them as frame `t` of `latents` [C, T, H, W] f32. */
export function frameToLatents(
  ops: Ops,
  frame: Tensor,
  { mean, std }: LatentStatistics,
  latents: Tensor,
  t: number,
): void {
  const [H, W, K] = [dim(frame, 0), dim(frame, 1), dim(frame, 2)]
  const [C, T] = [dim(latents, 0), dim(latents, 1)]
  expectShape(latents, [C, T, H, W])
  expectShape(mean, [C])
  expectShape(std, [C])
  if (t >= T || C > K)
    throw new RangeError(
      `${latents.label} [${latents.shape.join(', ')}] cannot take ${frame.label} with ${K} channels as frame ${t}.`,
    )
  ops.run(kernel, {
    tensors: { frame, mean, deviation: std, latents },
    params: { frame_channels: K, channels: C, frames: T, pixels: H * W, t },
    ...elementGrid(H * W * C),
    flops: 2 * H * W * C,
  })
}
