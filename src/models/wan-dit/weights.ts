// Mirrors the checkpoint of Wan 2.1's DiT under its original names. D = dim, F = ffnDim, shapes as stored.
import { linearTensors, type LinearWeight } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import { packedWords } from '../../weights/quant/pack'
import type { DitConfig } from './config'
import { releaseTree } from '../blocks/tensor-tree'
import type { WeightLoader } from '../blocks/weight-loader'
import { loadModulation } from './block-weights'
import { loadImageEmbedding, type ImageEmbeddingWeights } from './image-embedding'
import { residentBlocks, streamedBlocks, type Blocks } from './blocks'
import { loadVace, vaceTensors, type VaceWeights } from './vace'

export interface DitWeights {
  readonly patchEmbedding: LinearWeight // [D, inDim·pt·ph·pw]
  readonly textEmbedding: readonly [LinearWeight, LinearWeight] // [D, textDim], [D, D]
  readonly timeEmbedding: readonly [LinearWeight, LinearWeight] // [D, freqDim], [D, D]
  readonly timeProjection: readonly LinearWeight[] // [6·D, D]; or six of [D, D], where a binding does not hold it
  readonly blocks: Blocks
  /** For models that attend to a picture. */
  readonly imageEmbedding: ImageEmbeddingWeights | undefined
  /** For models that take a control video. */
  readonly vace: VaceWeights | undefined
  readonly head: {
    readonly modulation: Tensor /* [2, D] */
    readonly linear: LinearWeight /* [pt·ph·pw·outDim, D] */
  }
}

export interface LoadOptions {
  /** Whether the blocks are read again in every pass, two on the GPU at a time. */
  readonly streamed?: boolean
  readonly signal?: AbortSignal
}

/**
 * Reads the model onto the GPU, a layer at a time. Block matrices take the loader's format; everything else stays
 * f16.
 * @throws WeightsError naming file and tensor.
 */
export async function loadDit(
  loader: WeightLoader,
  config: DitConfig,
  { streamed = false, signal }: LoadOptions = {},
): Promise<DitWeights> {
  const { dim: D, outDim, textDim, freqDim } = config
  const volume = config.patchSize[0] * config.patchSize[1] * config.patchSize[2]
  const patchEmbedding = await loadPatchEmbedding(loader, config)
  const textEmbedding = [
    await loader.linear('text_embedding.0', D, textDim, 'f16'),
    await loader.linear('text_embedding.2', D, D, 'f16'),
  ] as const
  const timeEmbedding = [
    await loader.linear('time_embedding.0', D, freqDim, 'f16'),
    await loader.linear('time_embedding.2', D, D, 'f16'),
  ] as const
  const timeProjection = await loadTimeProjection(loader, D)
  const blocks = await (streamed ? streamedBlocks : residentBlocks)(loader, config, signal)
  const head = {
    modulation: await loadModulation(loader, 'head.modulation', 2, D),
    linear: await loader.linear('head.head', volume * outDim, D, 'f16'),
  }
  const { imageDim, imagePositions } = config
  const imageEmbedding =
    imageDim === undefined
      ? undefined
      : await loadImageEmbedding(loader, {
          dim: D,
          imageDim,
          ...(imagePositions !== undefined && { imagePositions }),
        })
  const vace = await loadVace(loader, config)
  return { patchEmbedding, textEmbedding, timeEmbedding, timeProjection, blocks, imageEmbedding, vace, head }
}

async function loadTimeProjection(loader: WeightLoader, D: number): Promise<LinearWeight[]> {
  const name = 'time_projection.1'
  if (packedWords(6 * D, D, 'f16').data * 4 <= loader.ops.maxBindingBytes)
    return [await loader.linear(name, 6 * D, D, 'f16')]
  const parts: LinearWeight[] = []
  for (let i = 0; i < 6; i++) parts.push(await loader.part(name, [6 * D, D], { first: i * D, count: D }))
  return parts
}

function loadPatchEmbedding(
  loader: WeightLoader,
  { dim: D, inDim, patchSize }: DitConfig,
): Promise<LinearWeight> {
  return loader.linear('patch_embedding', D, inDim * patchSize[0] * patchSize[1] * patchSize[2], 'f16')
}

/** Releases all of the model's memory. */
export async function releaseDit(ops: Ops, w: DitWeights): Promise<void> {
  const outside = [
    w.patchEmbedding,
    ...w.textEmbedding,
    ...w.timeEmbedding,
    ...w.timeProjection,
    w.head.linear,
  ]
  ops.release(w.head.modulation, ...outside.flatMap(linearTensors), ...vaceTensors(w.vace))
  releaseTree(ops, w.imageEmbedding)
  await w.blocks.release()
}
