import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'latents_to_frame',
  bindings: ['latents', 'deviation', 'mean', 'frame'],
  params: { channels: 'u32', frames: 'u32', pixels: 'u32', t: 'u32' },
})

/** Statistics of each latent channel: latents of the VAE = latents of the DiT · std + mean. Both [C] f32. */
export interface LatentStatistics {
  readonly mean: Tensor
  readonly std: Tensor
}

/** Frame `t` of the normalised latents [C, T, H, W] f32, un-normalised, channels last: [H, W, C]. */
export function latentsToFrame(
  ops: Ops,
  latents: Tensor,
  { mean, std }: LatentStatistics,
  t: number,
  label: string,
): Tensor {
  const [C, T, H, W] = latents.shape as [number, number, number, number]
  expectShape(latents, [C, T, H, W])
  expectShape(mean, [C])
  expectShape(std, [C])
  if (t >= T) throw new RangeError(`${latents.label} has ${T} frames; there is no frame ${t}.`)
  const frame = ops.create([H, W, C], ops.storage, label)
  ops.run(kernel, {
    tensors: { latents, deviation: std, mean, frame },
    params: { channels: C, frames: T, pixels: H * W, t },
    ...elementGrid(H * W * C),
    flops: 2 * H * W * C,
  })
  return frame
}
