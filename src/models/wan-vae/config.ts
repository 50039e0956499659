import { WeightsError } from '../../weights/error'
import { layersOf } from '../../weights/names'
import { shapeOf, type WeightFile } from '../../weights/weight-file'
import { CONFIG_HINT } from '../blocks/config-hint'
import { parseCausalVae, type CausalVaeConfig } from '../blocks/vae-config'

/** The numbers of a VAE of Wan 2.1's architecture. */
export type VaeConfig = CausalVaeConfig

/** The VAE of Wan 2.1. */
export const WAN_VAE: VaeConfig = {
  dim: 96,
  zDim: 16,
  dimMult: [1, 2, 4, 4],
  numResBlocks: 2,
  temporalDownsample: [false, true, true],
  mean: [
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632,
    -0.1922, -0.9497, 0.2503, -0.2921,
  ],
  std: [
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382,
    1.1253, 2.8251, 1.916,
  ],
}

/** Channels of a level: into each of its residual blocks, and out of the last. */
export interface LevelShape {
  readonly blocks: readonly { readonly inChannels: number; readonly outChannels: number }[]
  readonly channels: number
  /** Whether frames are resampled in space, and in time too; undefined for the level that keeps its size. */
  readonly resample: 'space' | 'space-time' | undefined
}

function level(
  inChannels: number,
  channels: number,
  count: number,
  temporal: boolean | undefined,
): LevelShape {
  return {
    blocks: Array.from({ length: count }, (_, i) => ({
      inChannels: i === 0 ? inChannels : channels,
      outChannels: channels,
    })),
    channels,
    resample: temporal === undefined ? undefined : temporal ? 'space-time' : 'space',
  }
}

/** From the latents' size to the video's. Each upsampler halves the channels. */
export function decoderLevels({ dim, dimMult, numResBlocks, temporalDownsample }: VaeConfig): LevelShape[] {
  const channels = dimMult.map((mult) => dim * mult).reverse()
  const temporal = [...temporalDownsample].reverse()
  return channels.map((own, i) =>
    level(i === 0 ? own : channels[i - 1]! / 2, own, numResBlocks + 1, temporal[i]),
  )
}

/** From the video's size to the latents'. */
export function encoderLevels({ dim, dimMult, numResBlocks, temporalDownsample }: VaeConfig): LevelShape[] {
  const channels = dimMult.map((mult) => dim * mult)
  return channels.map((own, i) =>
    level(i === 0 ? dim : channels[i - 1]!, own, numResBlocks, temporalDownsample[i]),
  )
}

/** Latent frames of a clip of `numFrames`: the first frame has its own, later ones share. */
export function latentFrames({ temporalDownsample }: VaeConfig, numFrames: number): number {
  return 1 + (numFrames - 1) / 2 ** temporalDownsample.filter(Boolean).length
}

/** Reads the numbers of a manifest. @throws WeightsError */
export const parseVaeConfig = parseCausalVae

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
