import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import { cropFrame, type Rectangle } from '../../gpu/kernels/copy_window'
import { patchesToFrame } from '../../gpu/kernels/patches_to_frame'
import { upsampleShortcut } from '../../gpu/kernels/upsample_shortcut'
import type { Ops } from '../../gpu/ops'
import { causalConv, START, type CausalState, type Frame } from '../blocks/causal-conv'
import { doubleInTime } from '../blocks/resamplers'
import {
  head,
  middle,
  MIDDLE_START,
  residualBlocks,
  type MiddleState,
  type ResidualState,
} from '../blocks/vae-blocks'
import type { DecoderWeights } from './weights'

interface GroupState {
  readonly blocks: readonly ResidualState[]
  /** Undefined until after the first frame, which the time convolution neither doubles nor reads. */
  readonly timeConv: CausalState | undefined
}

/** The decoder's whole state between frames. */
export interface DecoderState {
  readonly conv1: CausalState
  readonly middle: MiddleState
  readonly groups: readonly GroupState[]
  readonly head: CausalState
}

export const DECODER_START: DecoderState = { conv1: START, middle: MIDDLE_START, groups: [], head: START }

/**
 * The parts cut out of the frames that enter each group, and finally out of the head's patches; only tiles have them.
 * Each is in pixels of the frame that the previous one left.
 */
export type Crops = readonly (Rectangle | undefined)[]

function cropped(ops: Ops, x: Frame, window: Rectangle | undefined): Frame {
  if (!window) return x
  const y = cropFrame(ops, x, window, 'vae.tile')
  ops.release(x)
  return y
}

/** Takes a frame through the groups from `at` on and the head. Each frame is finished before the next one begins. */
function upsample(
  ops: Ops,
  w: DecoderWeights,
  at: number,
  frame: Frame,
  state: DecoderState,
  crops: Crops,
): [Frame[], DecoderState] {
  const group = w.groups[at]
  if (!group) {
    const [made, next] = head(ops, w.head, frame, state.head)
    const patches = cropped(ops, made, crops[at])
    const video = patchesToFrame(ops, patches, w.patchSize, 'vae.video')
    ops.release(patches)
    return [[video], { ...state, head: next }]
  }
  const x = cropped(ops, frame, crops[at])
  const own = state.groups[at]
  const { resampler } = group
  const [h, blocks] = residualBlocks(ops, group.blocks, x, own?.blocks ?? [], {
    keepsInput: resampler !== undefined,
  })
  const [frames, timeConv] = resampler ? doubleInTime(ops, resampler, h, own?.timeConv) : [[h], undefined]
  let after: DecoderState = {
    ...state,
    groups: [...state.groups.slice(0, at), { blocks, timeConv }, ...state.groups.slice(at + 1)],
  }
  const time = resampler?.timeConvs ? 2 : 1
  const videos: Frame[] = []
  frames.forEach((each, i) => {
    let larger = each
    if (resampler) {
      larger = causalConv3d(ops, resampler.conv, [], each, undefined, 'vae.upsample')
      // For a clip's first frame, which stays one, the shortcut is the last of the frames that it would become.
      upsampleShortcut(ops, x, larger, { time, space: 2, i: i + time - frames.length })
      ops.release(each, ...(i === frames.length - 1 ? [x] : []))
    }
    const [video, next] = upsample(ops, w, at + 1, larger, after, crops)
    videos.push(...video)
    after = next
  })
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
  crops: Crops = [],
): [Frame[], DecoderState] {
  const unquantised = causalConv3d(ops, w.conv2, [], z, undefined, 'vae.conv2')
  ops.release(z)
  const [x, conv1] = causalConv(ops, w.conv1, unquantised, state.conv1, 'vae.conv1')
  const [h, middleState] = middle(ops, w.middle, x, state.middle)
  return upsample(ops, w, 0, h, { ...state, conv1, middle: middleState }, crops)
}
