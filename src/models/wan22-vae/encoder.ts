import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import { downsampleShortcut } from '../../gpu/kernels/downsample_shortcut'
import { frameToPatches } from '../../gpu/kernels/frame_to_patches'
import type { Ops } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import { causalConv, START, type CausalState, type Frame } from '../blocks/causal-conv'
import { encodeClip } from '../blocks/encode-clip'
import { downsample, type Downsampler } from '../blocks/resamplers'
import {
  head,
  middle,
  MIDDLE_START,
  residualBlocks,
  type MiddleState,
  type ResidualState,
} from '../blocks/vae-blocks'
import type { EncoderWeights, Group } from './weights'

interface GroupState {
  readonly blocks: readonly ResidualState[]
  /** Past frames that the time convolution still needs: the last frame of its window, and perhaps one after it. */
  readonly timeConv: CausalState
  /** The first frame's part of the shortcut of two frames that become one. */
  readonly shortcut: Frame | undefined
}

/** The encoder's whole state between frames. */
export interface EncoderState {
  readonly conv1: CausalState
  readonly groups: readonly GroupState[]
  readonly middle: MiddleState
  readonly head: CausalState
}

const ENCODER_START: EncoderState = { conv1: START, groups: [], middle: MIDDLE_START, head: START }
const GROUP_START: GroupState = { blocks: [], timeConv: START, shortcut: undefined }

/** The frame that leaves the group, if one does. Takes over `x` and `state`. */
function downsampleGroup(
  ops: Ops,
  { blocks, resampler }: Group<Downsampler>,
  x: Frame,
  state: GroupState,
): [Frame | undefined, GroupState] {
  const [h, next] = residualBlocks(ops, blocks, x, state.blocks, { keepsInput: true })
  const outChannels = dim(h, 2)
  if (!resampler) {
    downsampleShortcut(ops, x, outChannels, { time: 1, space: 1, i: 0 }, 'vae.shortcut', h)
    ops.release(x)
    return [h, { ...GROUP_START, blocks: next }]
  }
  const time = resampler.timeConv ? 2 : 1
  const seen = state.timeConv.past.length
  // For the first frame, which is passed on alone, the mean includes zeros; after that, the first of every two yields
  // none.
  const i = time === 2 && seen === 1 ? 0 : time - 1
  const sum = downsampleShortcut(ops, x, outChannels, { time, space: 2, i }, 'vae.shortcut', state.shortcut)
  ops.release(x)
  const [y, timeConv] = downsample(ops, resampler, h, state.timeConv, sum)
  if (y) ops.release(sum)
  return [y, { blocks: next, timeConv, shortcut: y ? undefined : sum }]
}

/**
 * The latent frame [h, w, zDim], not normalised, that a video frame [H, W, 3] completes, if it does. Takes over `x` and
 * `state`.
 */
function encodeFrame(
  ops: Ops,
  w: EncoderWeights,
  x: Frame,
  state: EncoderState,
): [Frame | undefined, EncoderState] {
  const patches = frameToPatches(ops, x, w.patchSize, 'vae.patches')
  ops.release(x)
  const [first, conv1] = causalConv(ops, w.conv1, patches, state.conv1, 'vae.conv1')
  const groups = [...state.groups]
  let frame: Frame | undefined = first
  for (const [i, group] of w.groups.entries()) {
    const [smaller, next] = downsampleGroup(ops, group, frame, groups[i] ?? GROUP_START)
    groups[i] = next
    frame = smaller
    if (!frame) return [undefined, { ...state, conv1, groups }]
  }
  const [h, middleState] = middle(ops, w.middle, frame, state.middle)
  const [moments, headState] = head(ops, w.head, h, state.head)
  const z = causalConv3d(ops, w.toMean, [], moments, undefined, 'vae.toMean')
  ops.release(moments)
  return [z, { conv1, groups, middle: middleState, head: headState }]
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
  const encoder = {
    start: ENCODER_START,
    statistics: w.statistics,
    framesPerLatent: 2 ** w.groups.filter(({ resampler }) => resampler?.timeConv).length,
    encode: (frame: Frame, state: EncoderState) => encodeFrame(ops, w, frame, state),
  }
  return encodeClip(ops, encoder, frames, numFrames, signal)
}
