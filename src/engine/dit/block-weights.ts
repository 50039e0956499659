// Mirrors a block of Wan 2.1's DiT under its original names. D = dim, F = ffnDim, shapes as stored.
import { linearTensors, type LinearWeight } from '../../gpu/linear-weight'
import type { Tensor } from '../../gpu/tensor'
import type { DitConfig } from '../../weights/manifest'
import type { WeightLoader } from '../weight-loader'

export interface AttentionWeights {
  readonly q: LinearWeight // [D, D]
  readonly k: LinearWeight // [D, D]
  readonly v: LinearWeight // [D, D]
  readonly o: LinearWeight // [D, D]
  readonly normQ: Tensor // [D]
  readonly normK: Tensor // [D]
}

export interface BlockWeights {
  readonly modulation: Tensor // [6, D]: shift, scale, gate of the attention, then of the FFN
  readonly selfAttn: AttentionWeights
  /** Row 0 the weight, row 1 the bias of the affine LayerNorm before the cross-attention. */
  readonly norm3: Tensor // [2, D]
  readonly crossAttn: AttentionWeights
  readonly ffn: { readonly up: LinearWeight /* [F, D] */; readonly down: LinearWeight /* [D, F] */ }
}

/** Reads the block `name`, as "blocks.3". Its matrices take the loader's format. @throws WeightsError naming file and tensor. */
export async function loadBlock(loader: WeightLoader, name: string, { dim: D, ffnDim: F }: DitConfig): Promise<BlockWeights> {
  return {
    modulation: await loadModulation(loader, `${name}.modulation`, 6, D),
    selfAttn: await loadAttention(loader, `${name}.self_attn`, D),
    norm3: await loadNorm3(loader, name, D),
    crossAttn: await loadAttention(loader, `${name}.cross_attn`, D),
    ffn: { up: await loader.linear(`${name}.ffn.0`, F, D), down: await loader.linear(`${name}.ffn.2`, D, F) },
  }
}

async function loadAttention(loader: WeightLoader, name: string, D: number): Promise<AttentionWeights> {
  return {
    q: await loader.linear(`${name}.q`, D, D),
    k: await loader.linear(`${name}.k`, D, D),
    v: await loader.linear(`${name}.v`, D, D),
    o: await loader.linear(`${name}.o`, D, D),
    normQ: await loader.tensor(`${name}.norm_q.weight`, [D]),
    normK: await loader.tensor(`${name}.norm_k.weight`, [D]),
  }
}

export async function loadModulation({ ops, values }: WeightLoader, name: string, rows: number, D: number): Promise<Tensor> {
  return ops.upload(await values(name, [1, rows, D]), [rows, D], 'f32', name)
}

async function loadNorm3({ ops, values }: WeightLoader, name: string, D: number): Promise<Tensor> {
  const both = new Float32Array(2 * D)
  both.set(await values(`${name}.norm3.weight`, [D]))
  both.set(await values(`${name}.norm3.bias`, [D]), D)
  return ops.upload(both, [2, D], 'f32', `${name}.norm3`)
}

/** Every tensor of the block, to release it. */
export function blockTensors({ modulation, norm3, selfAttn, crossAttn, ffn }: BlockWeights): Tensor[] {
  const ofAttention = ({ q, k, v, o, normQ, normK }: AttentionWeights): Tensor[] => [...[q, k, v, o].flatMap(linearTensors), normQ, normK]
  return [modulation, norm3, ...ofAttention(selfAttn), ...ofAttention(crossAttn), ...linearTensors(ffn.up), ...linearTensors(ffn.down)]
}
