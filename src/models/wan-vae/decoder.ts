import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import { latentsToFrame } from '../../gpu/kernels/latents_to_frame'
import type { Ops } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import {
  head,
  middle,
  MIDDLE_START,
  residualBlocks,
  type MiddleState,
  type ResidualState,
} from '../blocks/vae-blocks'
import { causalConv, START, type CausalState, type Frame } from '../blocks/causal-conv'
import { releaseTree } from '../blocks/tensor-tree'
import { doubleInTime, type Upsampler } from '../blocks/resamplers'
import type { DecoderWeights, Level } from './weights'

interface LevelState {
  readonly blocks: readonly ResidualState[]
  /** Undefined until after the first frame, which the time convolution neither doubles nor reads. */
  readonly timeConv: CausalState | undefined
}

/** The decoder's whole state between frames. */
export interface DecoderState {
  readonly conv1: CausalState
  readonly middle: MiddleState
  readonly levels: readonly LevelState[]
  readonly head: CausalState
}

export const DECODER_START: DecoderState = { conv1: START, middle: MIDDLE_START, levels: [], head: START }

/** Takes a frame through the levels from `at` on and the head. Each frame is finished before the next one begins. */
function upsample(
  ops: Ops,
  w: DecoderWeights,
  at: number,
  x: Frame,
  state: DecoderState,
): [Frame[], DecoderState] {
  const level: Level<Upsampler> | undefined = w.levels[at]
  if (!level) {
    const [video, next] = head(ops, w.head, x, state.head)
    return [[video], { ...state, head: next }]
  }
  const own = state.levels[at]
  const [h, blocks] = residualBlocks(ops, level.blocks, x, own?.blocks ?? [])
  const [frames, timeConv] = level.resampler
    ? doubleInTime(ops, level.resampler, h, own?.timeConv)
    : [[h], undefined]
  let after: DecoderState = {
    ...state,
    levels: [...state.levels.slice(0, at), { blocks, timeConv }, ...state.levels.slice(at + 1)],
  }
  const videos: Frame[] = []
  for (const frame of frames) {
    const larger = level.resampler
      ? causalConv3d(ops, level.resampler.conv, [], frame, undefined, 'vae.upsample')
      : frame
    if (larger !== frame) ops.release(frame)
    const [video, next] = upsample(ops, w, at + 1, larger, after)
    videos.push(...video)
    after = next
  }
  return [videos, after]
}

/**
 * The video frames [H, W, 3] of one latent frame [h, w, zDim]: one for the first of a clip, then four (for Wan).
 * Takes over `z` and `state`.
 */
export function decodeFrame(
  ops: Ops,
  w: DecoderWeights,
  z: Frame,
  state: DecoderState,
): [Frame[], DecoderState] {
  const unquantised = causalConv3d(ops, w.conv2, [], z, undefined, 'vae.conv2')
  ops.release(z)
  const [x, conv1] = causalConv(ops, w.conv1, unquantised, state.conv1, 'vae.conv1')
  const [h, middleState] = middle(ops, w.middle, x, state.middle)
  return upsample(ops, w, 0, h, { ...state, conv1, middle: middleState })
}

/**
 * Decodes normalised latents [C, T, h, w] f32, the DiT's output, latent frame by latent frame. The consumer releases
 * the frames [H, W, 3], whose values are about -1 to 1.
 */
export async function* decode(
  ops: Ops,
  w: DecoderWeights,
  latents: Tensor,
  signal?: AbortSignal,
): AsyncGenerator<Frame[], void, void> {
  let state = DECODER_START
  try {
    for (let t = 0; t < dim(latents, 1); t++) {
      const [frames, next] = decodeFrame(
        ops,
        w,
        latentsToFrame(ops, latents, w.statistics, t, 'vae.latents'),
        state,
      )
      state = next
      try {
        await ops.drain(signal)
      } catch (error) {
        ops.release(...frames)
        throw error
      }
      yield frames
    }
  } finally {
    releaseTree(ops, state)
  }
}
