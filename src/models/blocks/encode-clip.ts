import { frameToLatents } from '../../gpu/kernels/frame_to_latents'
import type { LatentStatistics } from '../../gpu/kernels/latents_to_frame'
import type { Ops } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import type { Frame } from './causal-conv'
import { releaseTree } from './tensor-tree'

/** An encoder that takes a clip frame by frame. */
export interface FrameEncoder<State extends object> {
  readonly start: State
  readonly statistics: LatentStatistics
  /** Video frames for each latent frame after the first. */
  readonly framesPerLatent: number
  /** The latent frame [h, w, K], not normalised, that the video frame completes, if it does. Takes over both. */
  encode(frame: Frame, state: State): [Frame | undefined, State]
}

/**
 * Encodes `numFrames` video frames [H, W, 3] in [-1, 1], 1 more than a multiple of `framesPerLatent`, which it
 * releases one by one, into normalised latents [C, T, h, w] f32.
 */
export async function encodeClip<State extends object>(
  ops: Ops,
  { start, statistics, framesPerLatent, encode }: FrameEncoder<State>,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  numFrames: number,
  signal?: AbortSignal,
): Promise<Tensor> {
  const T = 1 + (numFrames - 1) / framesPerLatent
  if (!Number.isInteger(T))
    throw new RangeError(
      `A clip of ${numFrames} frames cannot be encoded; it must have 1 more than a multiple of ${framesPerLatent}.`,
    )
  let state = start
  let latents: Tensor | undefined
  let t = 0
  try {
    for await (const frame of frames) {
      const [z, next] = encode(frame, state)
      state = next
      if (z) {
        latents ??= ops.create([dim(z, 2), T, dim(z, 0), dim(z, 1)], 'f32', 'latents')
        frameToLatents(ops, z, statistics, latents, t++)
        ops.release(z)
        await ops.drain(signal)
      }
    }
  } finally {
    releaseTree(ops, state)
  }
  if (!latents || t !== T)
    throw new RangeError(
      `${numFrames} frames were announced, which make ${T} latent frames; those that came made ${t}.`,
    )
  return latents
}
