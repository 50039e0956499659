// Mirrors the checkpoint of Wan 2.1's DiT under its original names. D = dim, F = ffnDim, shapes as stored.
import { linearTensors, type LinearWeight } from '../../gpu/linear-weight'
import type { Ops } from '../../gpu/ops'
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

export interface DitWeights {
  readonly patchEmbedding: LinearWeight // [D, inDim·pt·ph·pw]
  readonly textEmbedding: readonly [LinearWeight, LinearWeight] // [D, textDim], [D, D]
  readonly timeEmbedding: readonly [LinearWeight, LinearWeight] // [D, freqDim], [D, D]
  readonly timeProjection: LinearWeight // [6·D, D]
  readonly blocks: readonly BlockWeights[]
  readonly head: { readonly modulation: Tensor /* [2, D] */; readonly linear: LinearWeight /* [pt·ph·pw·outDim, D] */ }
}

/**
 * Reads the whole model onto the GPU, a layer at a time. Block matrices take the loader's format; all else stays f16.
 * @throws WeightsError naming file and tensor.
 */
export async function loadDit(loader: WeightLoader, config: DitConfig, signal?: AbortSignal): Promise<DitWeights> {
  const { dim: D, inDim, outDim, textDim, freqDim } = config
  const volume = config.patchSize[0] * config.patchSize[1] * config.patchSize[2]
  const patchEmbedding = await loadPatchEmbedding(loader, config)
  const textEmbedding = [await loader.linear('text_embedding.0', D, textDim, 'f16'), await loader.linear('text_embedding.2', D, D, 'f16')] as const
  const timeEmbedding = [await loader.linear('time_embedding.0', D, freqDim, 'f16'), await loader.linear('time_embedding.2', D, D, 'f16')] as const
  const timeProjection = await loader.linear('time_projection.1', 6 * D, D, 'f16')
  const blocks: BlockWeights[] = []
  for (let i = 0; i < config.numLayers; i++) {
    signal?.throwIfAborted()
    blocks.push(await loadBlock(loader, `blocks.${i}`, config))
  }
  const head = {
    modulation: await loadModulation(loader, 'head.modulation', 2, D),
    linear: await loader.linear('head.head', volume * outDim, D, 'f16'),
  }
  if (inDim !== outDim) throw new RangeError(`The model takes ${inDim} latent channels and answers ${outDim}; text to video needs the same number.`)
  return { patchEmbedding, textEmbedding, timeEmbedding, timeProjection, blocks, head }
}

function loadPatchEmbedding(loader: WeightLoader, { dim: D, inDim, patchSize }: DitConfig): Promise<LinearWeight> {
  return loader.linear('patch_embedding', D, inDim * patchSize[0] * patchSize[1] * patchSize[2], 'f16')
}

async function loadBlock(loader: WeightLoader, name: string, { dim: D, ffnDim: F }: DitConfig): Promise<BlockWeights> {
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

async function loadModulation({ ops, values }: WeightLoader, name: string, rows: number, D: number): Promise<Tensor> {
  return ops.upload(await values(name, [1, rows, D]), [rows, D], 'f32', name)
}

async function loadNorm3({ ops, values }: WeightLoader, name: string, D: number): Promise<Tensor> {
  const both = new Float32Array(2 * D)
  both.set(await values(`${name}.norm3.weight`, [D]))
  both.set(await values(`${name}.norm3.bias`, [D]), D)
  return ops.upload(both, [2, D], 'f32', `${name}.norm3`)
}

/** Gives all of the model's memory back. */
export function releaseDit(ops: Ops, w: DitWeights): void {
  const attentionTensors = ({ q, k, v, o, normQ, normK }: AttentionWeights) => [...[q, k, v, o].flatMap(linearTensors), normQ, normK]
  const outside = [w.patchEmbedding, ...w.textEmbedding, ...w.timeEmbedding, w.timeProjection, w.head.linear]
  ops.release(w.head.modulation, ...outside.flatMap(linearTensors))
  for (const block of w.blocks) {
    ops.release(block.modulation, block.norm3, ...attentionTensors(block.selfAttn), ...attentionTensors(block.crossAttn))
    ops.release(...linearTensors(block.ffn.up), ...linearTensors(block.ffn.down))
  }
}
