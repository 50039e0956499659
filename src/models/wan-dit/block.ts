import { attention } from '../../gpu/kernels/attention'
import { layerNorm, layerNormModulate } from '../../gpu/kernels/layer_norm_modulate'
import { linear } from '../../gpu/kernels/linear'
import { linearQkv } from '../../gpu/kernels/linear_qkv'
import { addLinear, type Gate } from '../../gpu/kernels/linear_residual'
import { rmsNorm } from '../../gpu/kernels/rms_norm'
import { rmsNormRope } from '../../gpu/kernels/rms_norm_rope'
import { rope } from '../../gpu/kernels/rope'
import type { Ops } from '../../gpu/ops'
import { dim, DTYPE_BYTES, rows, type Tensor } from '../../gpu/tensor'
import { filled, writeFrames, type KvLayer, type KvSlots } from '../blocks/kv-cache'
import type { DitConfig } from './config'
import type { BlockKeys, TimeEmbedding } from './embeddings'
import { addImageAttention } from './image-attention'
import type { BlockWeights, CrossAttentionWeights, SelfAttentionWeights } from './block-weights'

/** Most bytes of the FFN's hidden layer at once: tokens are processed in parts. */
const FFN_HIDDEN_BYTES = 64 * 1024 * 1024
/** Parts begin at multiples of this many tokens, so that bindings begin at multiples of 256 bytes at any width. */
const PART_TOKENS = 128

/** Inputs that all blocks of one forward pass share. */
export interface BlockInputs {
  /** time_projection of the timesteps, and which one a token has. */
  readonly time: Pick<TimeEmbedding, 'e0' | 'timeRows'>
  /** [L, headDim/2, 2] f32. */
  readonly rotation: Tensor
  readonly lastKeyCount: number
  /** Of a pass over some frames of a film. */
  readonly film?: FilmPass
}

/** A pass over frames of a film, which attends to those in the cache too. */
export interface FilmPass {
  /** The slot of each frame of the pass; its keys and values are not kept where it has none. */
  readonly at: readonly (number | undefined)[]
  readonly slots: KvSlots
  /** Tokens of a latent frame. */
  readonly tokens: number
  /**
   * [slots · tokens, headDim/2, 2]: where positions are relative, keys lie unturned in the cache and are turned by
   * it.
   */
  readonly keyRotation?: Tensor
}

/** One transformer block; x [L, D] f32 is the residual stream, changed in place. */
export function runBlock(
  ops: Ops,
  config: DitConfig,
  w: BlockWeights,
  x: Tensor,
  keys: BlockKeys,
  inputs: BlockInputs,
  label: string,
  cached?: KvLayer,
): void {
  const { eps } = config
  const [shift1, scale1, gate1, shift2, scale2, gate2] = [0, 1, 2, 3, 4, 5] as const
  const modulation = { modulation: w.modulation, e: inputs.time.e0, timeRows: inputs.time.timeRows }

  const y1 = layerNormModulate(
    ops,
    x,
    modulation,
    { scaleRow: scale1, shiftRow: shift1 },
    eps,
    `${label}.norm1`,
  )
  const mix =
    inputs.film && cached
      ? filmAttention(ops, config, w.selfAttn, y1, inputs.rotation, inputs.film, cached, label)
      : selfAttention(ops, config, w.selfAttn, y1, inputs.rotation, label)
  addLinear(ops, x, mix, w.selfAttn.o, { ...modulation, row: gate1 })
  ops.release(mix)

  const y3 = layerNorm(ops, x, w.norm3, eps, `${label}.norm3`)
  crossAttention(ops, config, w.crossAttn, y3, x, keys, inputs.lastKeyCount, label)

  const y2 = layerNormModulate(
    ops,
    x,
    modulation,
    { scaleRow: scale2, shiftRow: shift2 },
    eps,
    `${label}.norm2`,
  )
  feedForward(ops, w.ffn, y2, x, { ...modulation, row: gate2 }, label)
}

/** attention(rope(norm(q y)), rope(norm(k y)), v y) → [L, D]. Releases y. */
function selfAttention(
  ops: Ops,
  { dim: D, numHeads, eps }: DitConfig,
  w: SelfAttentionWeights,
  y: Tensor,
  rotation: Tensor,
  label: string,
): Tensor {
  const [q, k, v] = linearQkv(ops, y, w.qkv, label)
  ops.release(y)
  rmsNormRope(ops, q, k, w, D / numHeads, rotation, eps)
  const out = attention(ops, q, k, v, { numHeads }, `${label}.self_attn`)
  ops.release(q, k, v)
  return out
}

/** The same over all frames in the cache, those of this pass put into it first. Releases y. */
function filmAttention(
  ops: Ops,
  { dim: D, numHeads, eps }: DitConfig,
  w: SelfAttentionWeights,
  y: Tensor,
  rotation: Tensor,
  { at, slots, tokens, keyRotation }: FilmPass,
  cached: KvLayer,
  label: string,
): Tensor {
  const headDim = D / numHeads
  const [q, k, v] = linearQkv(ops, y, w.qkv, label)
  ops.release(y)
  let turned = q
  if (keyRotation) {
    rmsNorm(ops, q, w.normQ, eps)
    rmsNorm(ops, k, w.normK, eps)
    turned = rope(ops, q, headDim, rotation, `${label}.q`)
    ops.release(q)
  } else rmsNormRope(ops, q, k, w, headDim, rotation, eps)
  writeFrames(ops, k, cached.k, at, tokens)
  writeFrames(ops, v, cached.v, at, tokens)
  ops.release(k, v)
  const keys = filled(ops, cached.k, slots, tokens, `${label}.keys`)
  const turnedKeys = keyRotation ? rope(ops, keys.rows, headDim, keyRotation, `${label}.k`) : keys.rows
  if (keyRotation) keys.release()
  const values = filled(ops, cached.v, slots, tokens, `${label}.values`)
  const out = attention(ops, turned, turnedKeys, values.rows, { numHeads }, `${label}.self_attn`)
  values.release()
  if (keyRotation) ops.release(turnedKeys)
  else keys.release()
  ops.release(turned)
  return out
}

/** x += o(attention(norm(q y), k, v)) over the prompt's keys; attention itself norms its queries. Releases y. */
function crossAttention(
  ops: Ops,
  { numHeads, eps }: DitConfig,
  w: CrossAttentionWeights,
  y: Tensor,
  x: Tensor,
  { k, v, image }: BlockKeys,
  lastKeyCount: number,
  label: string,
): void {
  const q = linear(ops, y, w.q, `${label}.cross.q`)
  ops.release(y)
  const out = attention(ops, q, k, v, { numHeads, lastKeyCount, normQueries: { eps } }, `${label}.cross_attn`)
  if (image) addImageAttention(ops, out, q, image, { numHeads, eps }, label)
  ops.release(q)
  addLinear(ops, x, out, w.o)
  ops.release(out)
}

/** x += gate · down(gelu(up y)), in parts of the tokens. Releases y. */
function feedForward(
  ops: Ops,
  { up, down }: BlockWeights['ffn'],
  y: Tensor,
  x: Tensor,
  gate: Gate,
  label: string,
): void {
  const L = dim(y, 0)
  const fitting = Math.floor(FFN_HIDDEN_BYTES / (up.rows * DTYPE_BYTES[ops.storage]))
  const part = Math.max(1, Math.floor(fitting / PART_TOKENS)) * PART_TOKENS
  for (let first = 0; first < L; first += part) {
    const count = Math.min(part, L - first)
    const hidden = linear(ops, rows(y, first, count), up, `${label}.ffn.hidden`, { activation: 'gelu' })
    addLinear(ops, rows(x, first, count), hidden, down, { ...gate, firstToken: first })
    ops.release(hidden)
  }
  ops.release(y)
}
