import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import {
  head,
  middle,
  MIDDLE_START,
  residualBlocks,
  type MiddleState,
  type ResidualState,
} from '../blocks/vae-blocks'
import { causalConv, START, type CausalState, type Frame } from '../blocks/causal-conv'
import { encodeClip, type FrameEncoder } from '../blocks/encode-clip'
import { downsample } from '../blocks/resamplers'
import type { EncoderWeights } from './weights'

interface LevelState {
  readonly blocks: readonly ResidualState[]
  /** Past frames that the time convolution still needs: the last frame of its window, and perhaps one after it. */
  readonly timeConv: CausalState
}

/** The encoder's whole state between frames. */
export interface EncoderState {
  readonly conv1: CausalState
  readonly levels: readonly LevelState[]
  readonly middle: MiddleState
  readonly head: CausalState
}

const ENCODER_START: EncoderState = { conv1: START, levels: [], middle: MIDDLE_START, head: START }

/**
 * The latent frame [h, w, zDim], not normalised, that a video frame [H, W, 3] completes, if it does. Takes over `x`
 * and `state`.
 */
function encodeFrame(
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
 * Encodes `numFrames` = 1 + 4n (for Wan) video frames [H, W, 3] in [-1, 1], which it releases one by one, into
 * normalised latents [C, T, h, w] f32: the mean of the posterior, no noise.
 */
export function encode(
  ops: Ops,
  w: EncoderWeights,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  numFrames: number,
  signal?: AbortSignal,
): Promise<Tensor> {
  const encoder: FrameEncoder<EncoderState> = {
    start: ENCODER_START,
    statistics: w.statistics,
    framesPerLatent: 2 ** w.levels.filter(({ resampler }) => resampler?.timeConv).length,
    encode: (frame, state) => encodeFrame(ops, w, frame, state),
  }
  return encodeClip(ops, encoder, frames, numFrames, signal)
}
