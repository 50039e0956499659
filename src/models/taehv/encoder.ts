import { causalConv3d } from '../../gpu/kernels/causal_conv3d'
import { frameToLatents } from '../../gpu/kernels/frame_to_latents'
import { pixelUnshuffle } from '../../gpu/kernels/pixel_unshuffle'
import type { Ops } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import type { Frame } from '../blocks/causal-conv'
import { releaseTree } from '../blocks/tensor-tree'
import { LAYERS, type TaehvConfig } from './config'
import { remember, type MemoryState } from './memory'
import type { EncoderWeights } from './weights'

interface LevelState {
  /** Frames that wait for those with which they become one. */
  readonly waiting: readonly Frame[]
  readonly memory: MemoryState
}

/** The encoder's whole state between frames. */
export type EncoderState = readonly LevelState[]

export const ENCODER_START: EncoderState = []

/** Whether frames in [-1, 1] are adapted to a checkpoint that takes [0, 1]. */
const TO_UNIT = { scale: 0.5, offset: 0.5 }

type Tap = (layer: number, frame: Frame) => void

/**
 * The latent frame [h, w, z] that a video frame [H, W, 3] in [-1, 1] completes, if it does. Takes over `state`, not
 * `video`.
 */
export function encodeFrame(
  ops: Ops,
  w: EncoderWeights,
  patch: number,
  video: Frame,
  state: EncoderState,
  tap?: Tap,
): [Frame | undefined, EncoderState] {
  const pixels = pixelUnshuffle(ops, video, patch, TO_UNIT, 'tiny.pixels')
  let x = causalConv3d(ops, w.stem, [], pixels, undefined, 'tiny.stem')
  ops.release(pixels)
  tap?.(LAYERS.encoder.stem, x)
  const next = [...state]
  for (const [i, level] of w.levels.entries()) {
    const layers = LAYERS.encoder.level(i)
    const { waiting, memory } = state[i] ?? { waiting: [], memory: [] }
    if (waiting.length + 1 < level.pool.shape.kernelT) {
      next[i] = { waiting: [...waiting, x], memory }
      return [undefined, next]
    }
    const pooled = causalConv3d(ops, level.pool, waiting, x, undefined, 'tiny.pool')
    ops.release(...waiting, x)
    tap?.(layers.pool, pooled)
    const smaller = causalConv3d(ops, level.down, [], pooled, undefined, 'tiny.down')
    ops.release(pooled)
    tap?.(layers.down, smaller)
    const [h, after] = remember(ops, level.blocks, smaller, memory, (block, frame) =>
      tap?.(layers.blocks + block, frame),
    )
    next[i] = { waiting: [], memory: after }
    x = h
  }
  const z = causalConv3d(ops, w.head, [], x, undefined, 'tiny.head')
  ops.release(x)
  tap?.(LAYERS.encoder.head, z)
  return [z, next]
}

/**
 * Encodes `numFrames` video frames [H, W, 3] in [-1, 1], which it releases as it goes, into latents [C, T, h, w] f32
 * of the model. The last frame is repeated until the last latent frame is complete: 4n + 1 frames (for Wan) make n +
 * 1 latent frames.
 */
export async function encode(
  ops: Ops,
  w: EncoderWeights,
  { patch, encoder }: TaehvConfig,
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  numFrames: number,
  signal?: AbortSignal,
): Promise<Tensor> {
  const perLatent = encoder?.timeDownscale.reduce((product, factor) => product * factor, 1) ?? 1
  const T = Math.ceil(numFrames / perLatent)
  let state = ENCODER_START
  let latents: Tensor | undefined
  let t = 0
  let count = 0
  const take = async (frame: Frame): Promise<void> => {
    const [z, next] = encodeFrame(ops, w, patch, frame, state)
    state = next
    if (!z) return
    latents ??= ops.create([dim(z, 2), T, dim(z, 0), dim(z, 1)], 'f32', 'latents')
    frameToLatents(ops, z, w.statistics, latents, t++)
    ops.release(z)
    await ops.drain(signal)
  }
  let last: Frame | undefined
  for await (const frame of frames) {
    if (last) ops.release(last)
    last = frame
    count += 1
    if (count > numFrames) break
    await take(frame)
  }
  if (!last || count !== numFrames) throw new RangeError(`${numFrames} frames were announced; ${count} came.`)
  while (t < T) await take(last)
  ops.release(last)
  releaseTree(ops, state)
  return latents!
}
