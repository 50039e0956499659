// Mirrors a block of Wan 2.1's DiT under its original names. D = dim, F = ffnDim, shapes as stored.
import type { QkvWeights } from '../../gpu/kernels/linear_qkv'
import type { NormWeights } from '../../gpu/kernels/rms_norm_rope'
import { linearTensors, type LinearWeight } from '../../gpu/matrix'
import type { Tensor } from '../../gpu/tensor'
import type { DitConfig } from './config'
import type { WeightLoader } from '../blocks/weight-loader'
import { imageAttentionTensors, loadImageAttention, type ImageAttentionWeights } from './image-attention'

export interface SelfAttentionWeights extends NormWeights {
  readonly qkv: QkvWeights // [3D, D], or thrice [D, D]
  readonly o: LinearWeight // [D, D]
}

export interface CrossAttentionWeights {
  readonly q: LinearWeight // [D, D]
  readonly k: LinearWeight // [D, D]
  readonly v: LinearWeight // [D, D]
  readonly o: LinearWeight // [D, D]
  /**
   * norm_q's weight times norm_k's: they meet only in q·k, so the keys, which are computed once for a prompt, carry
   * both.
   */
  readonly normQK: Tensor // [D]
  /** For models that attend to a picture. */
  readonly image: ImageAttentionWeights | undefined
}

export interface BlockWeights {
  readonly modulation: Tensor // [6, D]: shift, scale, gate of the attention, then of the FFN
  readonly selfAttn: SelfAttentionWeights
  /** Row 0 the weight, row 1 the bias of the affine LayerNorm before the cross-attention. */
  readonly norm3: Tensor // [2, D]
  readonly crossAttn: CrossAttentionWeights
  readonly ffn: { readonly up: LinearWeight /* [F, D] */; readonly down: LinearWeight /* [D, F] */ }
  /** Of VACE's side blocks: gives the hint. */
  readonly afterProj: LinearWeight | undefined // [D, D]
}

/**
 * Reads the block `name`, such as "blocks.3" or "vace_blocks.0". Its matrices take the loader's format.
 * @param stack whether q, k and v may be one matrix @throws WeightsError naming file and tensor.
 */
export async function loadBlock(
  loader: WeightLoader,
  name: string,
  config: DitConfig,
  stack = true,
): Promise<BlockWeights> {
  const { dim: D, ffnDim: F } = config
  return {
    modulation: await loadModulation(loader, `${name}.modulation`, 6, D),
    selfAttn: await loadSelfAttention(loader, `${name}.self_attn`, D, stack),
    norm3: await loadNorm3(loader, name, D),
    crossAttn: await loadCrossAttention(loader, `${name}.cross_attn`, config),
    ffn: { up: await loader.linear(`${name}.ffn.0`, F, D), down: await loader.linear(`${name}.ffn.2`, D, F) },
    afterProj: name.startsWith('vace_') ? await loader.linear(`${name}.after_proj`, D, D) : undefined,
  }
}

async function loadSelfAttention(
  loader: WeightLoader,
  name: string,
  D: number,
  stack: boolean,
): Promise<SelfAttentionWeights> {
  const [q, k, v] = [`${name}.q`, `${name}.k`, `${name}.v`] as const
  const together = stack && D % 4 === 0 ? await loader.stacked([q, k, v], D, D, `${name}.qkv`) : undefined
  return {
    qkv: together
      ? [together]
      : [await loader.linear(q, D, D), await loader.linear(k, D, D), await loader.linear(v, D, D)],
    o: await loader.linear(`${name}.o`, D, D),
    normQ: await loader.tensor(`${name}.norm_q.weight`, [D]),
    normK: await loader.tensor(`${name}.norm_k.weight`, [D]),
  }
}

async function loadCrossAttention(
  loader: WeightLoader,
  name: string,
  { dim: D, imageDim }: DitConfig,
): Promise<CrossAttentionWeights> {
  const normK = await loader.values(`${name}.norm_k.weight`, [D])
  const normQK = (await loader.values(`${name}.norm_q.weight`, [D])).map((value, i) => value * normK[i]!)
  return {
    q: await loader.linear(`${name}.q`, D, D),
    k: await loader.linear(`${name}.k`, D, D),
    v: await loader.linear(`${name}.v`, D, D),
    o: await loader.linear(`${name}.o`, D, D),
    normQK: loader.ops.upload(normQK, [D], 'f32', `${name}.norm_qk`),
    image: imageDim === undefined ? undefined : await loadImageAttention(loader, name, D),
  }
}

export async function loadModulation(
  { ops, values }: WeightLoader,
  name: string,
  rows: number,
  D: number,
): Promise<Tensor> {
  return ops.upload(await values(name, [1, rows, D]), [rows, D], 'f32', name)
}

async function loadNorm3({ ops, values }: WeightLoader, name: string, D: number): Promise<Tensor> {
  const both = new Float32Array(2 * D)
  both.set(await values(`${name}.norm3.weight`, [D]))
  both.set(await values(`${name}.norm3.bias`, [D]), D)
  return ops.upload(both, [2, D], 'f32', `${name}.norm3`)
}

/** Every tensor of the block, to release it. */
export function blockTensors({
  modulation,
  norm3,
  selfAttn,
  crossAttn,
  ffn,
  afterProj,
}: BlockWeights): Tensor[] {
  const matrices = [
    ...selfAttn.qkv,
    selfAttn.o,
    crossAttn.q,
    crossAttn.k,
    crossAttn.v,
    crossAttn.o,
    ffn.up,
    ffn.down,
    ...(afterProj ? [afterProj] : []),
  ]
  return [
    modulation,
    norm3,
    selfAttn.normQ,
    selfAttn.normK,
    crossAttn.normQK,
    ...(crossAttn.image ? imageAttentionTensors(crossAttn.image) : []),
    ...matrices.flatMap(linearTensors),
  ]
}
