import type { TimeRows } from '../../gpu/kernels/layer_norm_modulate'
import { linear } from '../../gpu/kernels/linear'
import { placeLatents } from '../../gpu/kernels/place_latents'
import { rmsNorm } from '../../gpu/kernels/rms_norm'
import { silu } from '../../gpu/kernels/silu'
import type { Size3 } from '../../gpu/kernels/patchify'
import type { LinearWeight } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import { dim, reshape, type Tensor } from '../../gpu/tensor'
import type { Timesteps } from '../family'
import { blockOrder, nextBlock } from './block-order'
import type { DitConfig } from './config'
import { imageKeys, type ImageKeys } from './image-attention'
import { embedImage, type ImageEmbeddingWeights } from './image-embedding'
import type { DitWeights } from './weights'

/** cos ‖ sin of the timestep at freqDim/2 frequencies, [freqDim], in f64 rounded to f32. */
export function sinusoid(timestep: number, freqDim: number): Float32Array<ArrayBuffer> {
  const half = freqDim / 2
  return Float32Array.from({ length: freqDim }, (_, i) => {
    const angle = timestep * 10000 ** (-(i % half) / half)
    return i < half ? Math.cos(angle) : Math.sin(angle)
  })
}

export interface TimeEmbedding {
  /** Added to the head's modulation, [T, 1, D]. */
  readonly e: Tensor
  /** Added to every block's modulation, [T, 6, D]. */
  readonly e0: Tensor
  /** The timestep of each token. */
  readonly timeRows: TimeRows
}

/**
 * The timesteps of a pass as modulation, all in f32. @param grid of patches: frames, rows, columns. @throws
 * RangeError
 */
export function embedTime(
  ops: Ops,
  w: DitWeights,
  { dim: D, freqDim }: DitConfig,
  { values, rowOf }: Timesteps,
  grid: Size3,
): TimeEmbedding {
  const T = values.length
  const waves = new Float32Array(T * freqDim)
  values.forEach((timestep, t) => waves.set(sinusoid(timestep, freqDim), t * freqDim))
  const wave = ops.upload(waves, [T, freqDim], 'f32', 'dit.time.sinusoid')
  const hidden = linear(ops, wave, w.timeEmbedding[0], 'dit.time.hidden', {
    activation: 'silu',
    dtype: 'f32',
  })
  const e = linear(ops, hidden, w.timeEmbedding[1], 'dit.time.e', { dtype: 'f32' })
  const activated = silu(ops, e, 'dit.time.silu')
  const e0 = projectTime(ops, w.timeProjection, activated)
  ops.release(wave, hidden, activated)
  return {
    e: reshape(e, [T, 1, D]),
    e0: reshape(e0, [T, 6, D]),
    timeRows: rowsOfTime(ops, values.length, rowOf, grid),
  }
}

/** [T, D] → [T, 6 D], by the whole matrix or by its parts. */
function projectTime(ops: Ops, parts: DitWeights['timeProjection'], activated: Tensor): Tensor {
  const project = (part: LinearWeight): Tensor =>
    linear(ops, activated, part, 'dit.time.e0', { dtype: 'f32' })
  const [whole] = parts
  if (whole && parts.length === 1) return project(whole)
  const T = dim(activated, 0)
  const D = whole?.rows ?? 0
  const e0 = ops.create([T, parts.length, 1, D], 'f32', 'dit.time.e0')
  parts.forEach((each, i) => {
    const part = project(each)
    placeLatents(ops, reshape(part, [T, 1, 1, D]), e0, { frame: i })
    ops.release(part)
  })
  return reshape(e0, [T, parts.length * D])
}

/** @throws RangeError where the timesteps are not one for all, one a frame, or one for each token */
function rowsOfTime(ops: Ops, count: number, rowOf: Timesteps['rowOf'], [T, H, W]: Size3): TimeRows {
  if (rowOf === undefined) {
    if (count !== 1) throw new RangeError(`${count} timesteps were given for all tokens; one is needed.`)
    return { tokens: Infinity }
  }
  if (rowOf === 'frame') {
    if (count !== T)
      throw new RangeError(`${count} timesteps were given for ${T} latent frames; one each is needed.`)
    return { tokens: H * W }
  }
  const L = T * H * W
  if (rowOf.length !== L || rowOf.some((row) => row >= count)) {
    throw new RangeError(
      `The timesteps of ${rowOf.length} tokens were given as indices into ${count}; ${L} indices below ${count} are needed.`,
    )
  }
  return { tokens: 1, index: ops.upload(rowOf, [L], 'u32', 'dit.time.rows') }
}

/** Releases the embedding's memory. */
export function releaseTime(ops: Ops, { e, e0, timeRows: { index } }: TimeEmbedding): void {
  ops.release(e, e0, ...(index ? [index] : []))
}

/** What a block's cross-attention sees. */
export interface BlockKeys {
  readonly k: Tensor // [n + 1, D] or [n, D]
  readonly v: Tensor
  /** For models that attend to a picture. */
  readonly image?: ImageKeys
}

/**
 * Keys and values of one prompt in every block's cross-attention, the keys already multiplied by norm_q's weight.
 * They do not change from step to step.
 */
export interface ContextKeys {
  /** In the order of a pass; side blocks that a pass leaves out have none. */
  readonly layers: readonly (BlockKeys | undefined)[]
  /** How many of Wan's identical padding keys the last key represents; 1 where there is no padding. */
  readonly lastKeyCount: number
}

export interface ContextOptions {
  readonly signal?: AbortSignal
  /** Of the pictures, [n, imageDim], one after the other. */
  readonly features?: Float32Array<ArrayBuffer>
  /** Whether the passes run VACE's side blocks. */
  readonly hasControl?: boolean
}

function requireImage({ imageEmbedding }: DitWeights): ImageEmbeddingWeights {
  if (imageEmbedding) return imageEmbedding
  throw new RangeError("The model was given a picture's features and attends to none.")
}

/**
 * Projects the encoded prompt for all blocks.
 *
 * Wan pads the context with zeros to textLen and attends to the padding unmasked. All padding keys are the same
 * vector, so one of them is kept and its logit raised by the logarithm of their number: the same result with n + 1
 * keys instead of textLen.
 * @param context [n, textDim] of the text encoder, n from 1 to textLen.
 */
export async function embedContext(
  ops: Ops,
  w: DitWeights,
  config: DitConfig,
  context: Float32Array,
  { signal, features, hasControl = false }: ContextOptions = {},
): Promise<ContextKeys> {
  const { textDim, textLen, eps } = config
  const n = context.length / textDim
  if (!Number.isInteger(n) || n < 1 || n > textLen) {
    throw new RangeError(
      `The context has ${context.length} elements; needed ${textDim} for each of 1 to ${textLen} tokens.`,
    )
  }
  const rows = n < textLen ? n + 1 : n
  const padded = new Float32Array(rows * textDim)
  padded.set(context)
  const input = ops.upload(padded, [rows, textDim], 'f32', 'dit.context')
  const hidden = linear(ops, input, w.textEmbedding[0], 'dit.text.hidden', { activation: 'gelu' })
  const text = linear(ops, hidden, w.textEmbedding[1], 'dit.text')
  const image = features && embedImage(ops, requireImage(w), features)
  const layers: (BlockKeys | undefined)[] = []
  const places = blockOrder(config)
  for (const [i, { isSide }] of places.entries()) {
    if (isSide && !hasControl) {
      layers.push(undefined)
      continue
    }
    const { crossAttn } = await w.blocks.take(i, nextBlock(places, i, hasControl))
    const k = linear(ops, text, crossAttn.k, `dit.block${i}.context.k`)
    rmsNorm(ops, k, crossAttn.normQK, eps)
    layers.push({
      k,
      v: linear(ops, text, crossAttn.v, `dit.block${i}.context.v`),
      ...(image &&
        crossAttn.image && { image: imageKeys(ops, crossAttn.image, image, eps, `dit.block${i}`) }),
    })
  }
  ops.release(input, hidden, text, ...(image ? [image] : []))
  await ops.drain(signal)
  return { layers, lastKeyCount: Math.max(1, textLen - n) }
}

export function releaseContext(ops: Ops, { layers }: ContextKeys): void {
  for (const keys of layers) {
    if (keys) ops.release(keys.k, keys.v, ...(keys.image ? [keys.image.k, keys.image.v] : []))
  }
}
