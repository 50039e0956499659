import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import { frameToLatents } from '../../gpu/kernels/frame_to_latents'
import type { Ops } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import { head, middle, MIDDLE_START, residualBlocks, type MiddleState, type ResidualState } from './blocks'
import { causalConv, START, type CausalState, type Frame } from '../blocks/causal-conv'
import { releaseTree } from '../blocks/tensor-tree'
import type { Downsampler, EncoderWeights } from './weights'

interface LevelState {
  readonly blocks: readonly ResidualState[]
  /** What the time convolution has seen and still needs: the last frame of its window, and perhaps one after it. */
  readonly timeConv: CausalState
}

/** All that the encoder remembers from frame to frame. */
export interface EncoderState {
  readonly conv1: CausalState
  readonly levels: readonly LevelState[]
  readonly middle: MiddleState
  readonly head: CausalState
}

export const ENCODER_START: EncoderState = { conv1: START, levels: [], middle: MIDDLE_START, head: START }

/** Half the size; from the second frame on, two frames become one, and the first of the two gives none. */
function downsample(
  ops: Ops,
  { conv, timeConv }: Downsampler,
  x: Frame,
  { past }: CausalState,
): [Frame | undefined, CausalState] {
  const smaller = causalConv3d(ops, conv, [], x, undefined, 'vae.downsample')
  // The first frame goes on as it is and is also remembered; each needs one of its own.
  const passed = timeConv && past.length > 0 ? undefined : smaller
  const seen = passed && timeConv ? causalConv3d(ops, conv, [], x, undefined, 'vae.downsample') : smaller
  ops.release(x)
  if (!timeConv) return [smaller, START]
  if (past.length < 2) return [passed, { past: [...past, seen] }]
  const y = causalConv3d(ops, timeConv, past, seen, undefined, 'vae.timeConv')
  ops.release(...past)
  return [y, { past: [seen] }]
}

/** The latent frame [h, w, zDim], not normalised, that a video frame [H, W, 3] completes, if it does. Takes over `x` and `state`. */
export function encodeFrame(
  ops: Ops,
  w: EncoderWeights,
  x: Frame,
  state: EncoderState,
): [Frame | undefined, EncoderState] {
  const [first, conv1] = causalConv(ops, w.conv1, x, state.conv1, 'vae.conv1')
  const levels = [...state.levels]
  let frame: Frame | undefined = first
  for (const [i, level] of w.levels.entries()) {
    const own = levels[i]
    const [h, blocks]: [Frame, ResidualState[]] = residualBlocks(ops, level.blocks, frame, own?.blocks ?? [])
    const [smaller, timeConv]: [Frame | undefined, CausalState] = level.resampler
      ? downsample(ops, level.resampler, h, own?.timeConv ?? START)
      : [h, START]
    levels[i] = { blocks, timeConv }
    frame = smaller
    if (!frame) return [undefined, { ...state, conv1, levels }]
  }
  const [h, middleState] = middle(ops, w.middle, frame, state.middle)
  const [moments, headState] = head(ops, w.head, h, state.head)
  const z = causalConv3d(ops, w.toMean, [], moments, undefined, 'vae.toMean')
  ops.release(moments)
  return [z, { conv1, levels, middle: middleState, head: headState }]
}

/**
 * Encodes `numFrames` = 1 + 4n (for Wan) video frames [H, W, 3] in [-1, 1], which it releases as it goes, into
 * normalised latents [C, T, h, w] f32: the mean of the posterior, no noise.
 */
export async function encode(
  ops: Ops,
  w: EncoderWeights,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  numFrames: number,
  signal?: AbortSignal,
): Promise<Tensor> {
  const halvings = w.levels.filter(({ resampler }) => resampler?.timeConv).length
  const T = 1 + (numFrames - 1) / 2 ** halvings
  if (!Number.isInteger(T))
    throw new RangeError(
      `A clip of ${numFrames} frames cannot be encoded; it must have 1 more than a multiple of ${2 ** halvings}.`,
    )
  let state = ENCODER_START
  let latents: Tensor | undefined
  let t = 0
  try {
    for await (const frame of frames) {
      const [z, next] = encodeFrame(ops, w, frame, state)
      state = next
      if (z) {
        latents ??= ops.create([dim(z, 2), T, dim(z, 0), dim(z, 1)], 'f32', 'latents')
        frameToLatents(ops, z, w.statistics, latents, t++)
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
