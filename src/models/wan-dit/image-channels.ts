// The 20 further channels of the models that read 36: which frames are given, and the latents of a clip that has them
// and is grey elsewhere. They are the same at every step, with guidance and without.
import { placeLatents } from '../../gpu/kernels/place_latents'
import type { Ops } from '../../gpu/ops'
import { dim, elementCount, type Tensor } from '../../gpu/tensor'
import type { DitConfig } from './config'

/** Video frames that one latent frame stands for, and channels of the mask. */
const FRAMES_PER_LATENT = 4

/** Channels that such a model reads beside the noise: the mask, and latents of the pictures. */
export function furtherChannels({ outDim }: Pick<DitConfig, 'outDim'>): number {
  return FRAMES_PER_LATENT + outDim
}

/** Whether the model reads those. */
export function readsPictures(config: Pick<DitConfig, 'inDim' | 'outDim'>): boolean {
  return config.inDim === config.outDim + furtherChannels(config)
}

/**
 * Which of a clip's 4 T − 3 frames are given, as a mask [4, T, h·w]: 1 is given. Four frames make a latent frame; the
 * first frame is written four times.
 */
export function givenMask(
  given: ReadonlySet<number>,
  numFrames: number,
  pixels: number,
): Float32Array<ArrayBuffer> {
  const T = 1 + (numFrames - 1) / FRAMES_PER_LATENT
  const mask = new Float32Array(FRAMES_PER_LATENT * T * pixels)
  for (let j = 0; j < FRAMES_PER_LATENT; j++) {
    for (let t = 0; t < T; t++) {
      const frame = Math.max(0, FRAMES_PER_LATENT * t + j - (FRAMES_PER_LATENT - 1))
      if (given.has(frame)) mask.fill(1, (j * T + t) * pixels, (j * T + t + 1) * pixels)
    }
  }
  return mask
}

/** Mask and latents of the given frames, [4 + C, T, h, w] f32. `latents` [C, T, h, w] stay the caller's. */
export function imageChannels(ops: Ops, latents: Tensor, given: ReadonlySet<number>): Tensor {
  const [C, T, h, w] = latents.shape as [number, number, number, number]
  const numFrames = 1 + FRAMES_PER_LATENT * (T - 1)
  const y = ops.create([FRAMES_PER_LATENT + C, T, h, w], 'f32', 'image.channels')
  const mask = ops.upload(
    () => givenMask(given, numFrames, h * w),
    [FRAMES_PER_LATENT, T, h, w],
    'f32',
    'image.mask',
  )
  placeLatents(ops, mask, y)
  placeLatents(ops, latents, y, { channel: FRAMES_PER_LATENT })
  ops.release(mask)
  return y
}

/** Of a clip of which nothing is given: nothing in the mask, and latents of 0. @param latents the shape [C, T, h, w] */
export function noImageChannels(ops: Ops, [C = 0, ...rest]: readonly number[]): Tensor {
  const shape = [FRAMES_PER_LATENT + C, ...rest]
  return ops.upload(() => new Float32Array(elementCount(shape)), shape, 'f32', 'image.channels')
}

/** The latents [C, T, h, w] with the further channels below them, as the model reads them; a new tensor. */
export function withImageChannels(ops: Ops, latents: Tensor, further: Tensor): Tensor {
  const [C, K] = [dim(latents, 0), dim(further, 0)]
  const both = ops.create([C + K, ...latents.shape.slice(1)], 'f32', 'latents.image')
  placeLatents(ops, latents, both)
  placeLatents(ops, further, both, { channel: C })
  return both
}
