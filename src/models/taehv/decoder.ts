import { causalConv3d, type ConvWeight } from '../../gpu/kernels/causal_conv3d'
import { latentsToFrame } from '../../gpu/kernels/latents_to_frame'
import { pixelShuffle } from '../../gpu/kernels/pixel_shuffle'
import { softClamp } from '../../gpu/kernels/soft_clamp'
import type { Ops } from '../../gpu/ops'
import type { Frame } from '../blocks/causal-conv'
import { releaseTree } from '../blocks/tensor-tree'
import type { WeightLoader } from '../blocks/weight-loader'
import type { DecodeOptions, LatentScale, TinyDecoder } from '../family'
import { framesToTrim, LAYERS, type TaehvConfig } from './config'
import { remember, type MemoryState } from './memory'
import { loadDecoder, type DecoderWeights } from './weights'

/** The decoder's whole state between latent frames: for each level, the last inputs of its blocks. */
export type DecoderState = readonly MemoryState[]

export const DECODER_START: DecoderState = []

/** Latents of the base variant are held within three standard deviations. */
const LIMIT = 3

interface Pass extends Required<DecodeOptions> {
  readonly ops: Ops
  readonly w: DecoderWeights
  readonly config: TaehvConfig
  /** Receives the output of the layer of that number in the checkpoint, once for each frame. */
  readonly tap?: (layer: number, frame: Frame) => void
}

/** The frames that a frame becomes in a level, before they are enlarged, for a pass that may want one of them alone. */
function grown({ w, everyFrame }: Pass, at: number): readonly ConvWeight[] {
  const { grow } = w.levels[at]!
  return everyFrame ? grow : grow.slice(-1)
}

/** Video frames that a frame becomes behind the level. */
function leaves(pass: Pass, at: number): number {
  return pass.w.levels.slice(at + 1).reduce((product, _, i) => product * grown(pass, at + 1 + i).length, 1)
}

function withSize(conv: ConvWeight, fullSize: boolean): ConvWeight {
  return fullSize ? conv : { ...conv, shape: { ...conv.shape, upsample: 1 } }
}

/** Base: each frame first, then the larger one, as a 1×1 convolution costs less before. */
function* growBase(pass: Pass, at: number, x: Frame, skip: number): Generator<[number, Frame]> {
  const { ops, w, fullSize, tap } = pass
  const { grow, conv } = LAYERS.base.level(at)
  for (const [j, part] of grown(pass, at).entries()) {
    if (j < skip) continue
    const one = causalConv3d(ops, part, [], x, undefined, 'tiny.grow')
    tap?.(grow, one)
    const larger = causalConv3d(ops, withSize(w.levels[at]!.conv, fullSize), [], one, undefined, 'tiny.up')
    ops.release(one)
    tap?.(conv, larger)
    yield [j, larger]
  }
}

/** Super: larger first, by a pixel shuffle, then each frame. */
function* growSuper(pass: Pass, at: number, x: Frame, skip: number): Generator<[number, Frame]> {
  const { ops, w, tap } = pass
  const { grow, conv } = LAYERS.super.level(at)
  if (skip >= grown(pass, at).length) return
  const wide = causalConv3d(ops, w.levels[at]!.conv, [], x, undefined, 'tiny.up')
  tap?.(conv, wide)
  const larger = pixelShuffle(ops, wide, 2, 'tiny.shuffle')
  ops.release(wide)
  for (const [j, part] of grown(pass, at).entries()) {
    if (j < skip) continue
    const one = causalConv3d(ops, part, [], larger, undefined, 'tiny.grow')
    tap?.(grow, one)
    yield [j, one]
  }
  ops.release(larger)
}

function finish({ ops, w, config, tap }: Pass, x: Frame): Frame {
  const y = causalConv3d(ops, w.head, [], x, undefined, 'tiny.head')
  ops.release(x)
  tap?.(LAYERS[config.variant].head, y)
  if (config.patch === 1) return y
  const frame = pixelShuffle(ops, y, config.patch, 'tiny.frame')
  ops.release(y)
  return frame
}

/**
 * Takes a frame through the levels from `at` on. Each frame is finished before the next one begins. Skips the first
 * `skip` of the resulting video frames, but updates the state of the blocks.
 */
function rise(pass: Pass, at: number, x: Frame, state: DecoderState, skip: number): [Frame[], DecoderState] {
  const { ops, w, config, tap } = pass
  if (at === w.levels.length) return [[finish(pass, x)], state]
  const layers = LAYERS[config.variant].level(at)
  const [h, memory] = remember(ops, w.levels[at]!.blocks, x, state[at] ?? [], (i, frame) =>
    tap?.(layers.blocks + i, frame),
  )
  let after: DecoderState = [...state.slice(0, at), memory, ...state.slice(at + 1)]
  const each = leaves(pass, at)
  const isLast = at + 1 === w.levels.length
  const videos: Frame[] = []
  const grow = config.variant === 'base' ? growBase : growSuper
  for (const [j, frame] of grow(pass, at, h, isLast ? skip : 0)) {
    const [own, next] = rise(pass, at + 1, frame, after, Math.min(each, Math.max(0, skip - j * each)))
    videos.push(...own)
    after = next
  }
  ops.release(h)
  return [videos, after]
}

/** The video frames [H, W, 3] of one latent frame [h, w, z], less the first `skip`. Takes over `z` and `state`. */
export function decodeFrame(
  pass: Pass,
  z: Frame,
  state: DecoderState,
  skip: number,
): [Frame[], DecoderState] {
  const { ops, w, config, tap } = pass
  const clamped = config.variant === 'base' ? softClamp(ops, z, LIMIT, 'tiny.clamp') : z
  if (clamped !== z) {
    ops.release(z)
    tap?.(0, clamped)
  }
  const x = causalConv3d(ops, w.stem, [], clamped, undefined, 'tiny.stem')
  ops.release(clamped)
  tap?.(LAYERS[config.variant].stem, x)
  return rise(pass, 0, x, state, skip)
}

/**
 * Loads a tiny decoder of the model's own latents.
 * @param scale for a decoder that was trained on the large autoencoder's own latents
 */
export async function openTinyDecoder(
  loader: WeightLoader,
  config: TaehvConfig,
  scale?: LatentScale,
): Promise<TinyDecoder<DecoderState>> {
  const { ops } = loader
  const w = await loadDecoder(loader, config, scale)
  const release = (): void => releaseTree(ops, w)
  const make = ({ everyFrame = true, fullSize = true }: DecodeOptions): TinyDecoder<DecoderState> => {
    const pass: Pass = { ops, w, config, everyFrame, fullSize: fullSize || config.variant === 'super' }
    return {
      start: DECODER_START,
      decode(latents, t, state) {
        const z = latentsToFrame(ops, latents, w.statistics, t, 'tiny.latents')
        const isFirst = state.length === 0
        return decodeFrame(pass, z, state, isFirst && everyFrame ? framesToTrim(config) : 0)
      },
      release,
      with: make,
    }
  }
  return make({})
}
