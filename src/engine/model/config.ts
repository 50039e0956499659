// A model's numbers from the shapes of its tensors, so that any size of Wan's architecture loads.
import { WeightsError } from '../../weights/error'
import { layersOf } from '../../weights/names'
import type { DitConfig } from '../../models/wan-dit/config'
import type { TextEncoderConfig } from '../../models/umt5/config'
import type { VaeConfig } from '../../models/wan-vae/config'
import type { ModelConfig } from './manifest'
import type { ModelParts } from './parts'
import { requireTensor, showShape, type WeightFile } from '../../weights/weight-file'
import { WAN_VAE } from '../../models/wan-vae/config'

/** Wan's own, where no shape tells. */
const HEAD_WIDTH = 128
const TEXT_LENGTH = 512
const EPS = 1e-6
const MAX_DISTANCE = 128

const CONFIG_HINT =
  'put a config.json with its numbers beside (textEncoder, dit and vae, as in the config of a manifest.json)'

/** The shape of a tensor with `rank` dimensions. */
function shapeOf(file: WeightFile, name: string, rank: number): readonly number[] {
  const { shape } = requireTensor(file, name)
  if (shape.length === rank) return shape
  throw new WeightsError(
    file.name,
    `${file.name}: tensor ${name} has the shape ${showShape(shape)} and must have ${rank} dimensions. The file belongs to another model.`,
  )
}

export function ditConfigOf(file: WeightFile): DitConfig {
  const [dim = 0, inDim = 0, time = 0, height = 0, width = 0] = shapeOf(file, 'patch_embedding.weight', 5)
  const [outputs = 0] = shapeOf(file, 'head.head.weight', 2)
  const outDim = outputs / (time * height * width)
  if (dim % HEAD_WIDTH !== 0) {
    throw new WeightsError(
      file.name,
      `${file.name} has the width ${dim}, which heads of ${HEAD_WIDTH} do not divide; ${CONFIG_HINT}.`,
    )
  }
  if (inDim !== outDim) {
    throw new WeightsError(
      file.name,
      `${file.name} reads ${inDim} channels and gives ${outDim}: it also takes an image or a video, which text to video has not. Choose a file of Wan 2.1 T2V.`,
    )
  }
  return {
    dim,
    ffnDim: shapeOf(file, 'blocks.0.ffn.0.weight', 2)[0] ?? 0,
    numHeads: dim / HEAD_WIDTH,
    numLayers: layersOf(file.tensors, 'blocks').length,
    inDim,
    outDim,
    patchSize: [time, height, width],
    textDim: shapeOf(file, 'text_embedding.0.weight', 2)[1] ?? 0,
    textLen: TEXT_LENGTH,
    freqDim: shapeOf(file, 'time_embedding.0.weight', 2)[1] ?? 0,
    eps: EPS,
  }
}

export function textEncoderConfigOf(file: WeightFile): TextEncoderConfig {
  const [vocabSize = 0, dim = 0] = shapeOf(file, 'token_embedding.weight', 2)
  const [numBuckets = 0, numHeads = 0] = shapeOf(file, 'blocks.0.pos_embedding.embedding.weight', 2)
  return {
    vocabSize,
    dim,
    dimAttn: shapeOf(file, 'blocks.0.attn.q.weight', 2)[0] ?? 0,
    dimFfn: shapeOf(file, 'blocks.0.ffn.fc1.weight', 2)[0] ?? 0,
    numHeads,
    numLayers: layersOf(file.tensors, 'blocks').length,
    numBuckets,
    maxDistance: MAX_DISTANCE,
  }
}

/** Walks the decoder's layers: residual blocks, and after each level but the last an upsampler. */
export function vaeConfigOf(file: WeightFile): VaeConfig {
  const zDim = shapeOf(file, 'conv2.weight', 5)[0] ?? 0
  const channels: number[] = []
  const temporal: boolean[] = []
  let blocks = 0
  let inLevel = 0
  for (const layer of layersOf(file.tensors, 'decoder.upsamples')) {
    if (file.tensors.has(`${layer}.resample.1.weight`)) {
      temporal.push(file.tensors.has(`${layer}.time_conv.weight`))
      inLevel = 0
    } else {
      channels[temporal.length] = shapeOf(file, `${layer}.residual.2.weight`, 5)[0] ?? 0
      inLevel += 1
      blocks = Math.max(blocks, inLevel)
    }
  }
  const dim = channels.at(-1) ?? 0
  if (zDim !== WAN_VAE.zDim) {
    throw new WeightsError(
      file.name,
      `${file.name} has latents of ${zDim} channels, and Wan 2.1's have ${WAN_VAE.zDim}; where it is a model of your own, ${CONFIG_HINT}.`,
    )
  }
  return {
    dim,
    zDim,
    dimMult: channels.map((count) => count / dim).reverse(),
    numResBlocks: blocks - 1,
    temporalDownsample: temporal.reverse(),
    mean: WAN_VAE.mean,
    std: WAN_VAE.std,
  }
}

/** Not checked against each other: `parseConfig` does. */
export function configOf({ dit, textEncoder, vae }: ModelParts): ModelConfig {
  return {
    textEncoder: textEncoderConfigOf(textEncoder.wan.file),
    dit: ditConfigOf(dit.wan.file),
    vae: vaeConfigOf(vae.wan.file),
  }
}
