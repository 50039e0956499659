import type { CheckedJson } from '../../weights/sources/checked-json'
import { parseCausalVae, type CausalVaeConfig } from '../blocks/vae-config'

/** The numbers of a VAE of Wan 2.2's architecture; `dim` is the width of the encoder at the video's size. */
export interface Vae22Config extends CausalVaeConfig {
  /** Width of the decoder at the video's size. */
  readonly decoderDim: number
  /** Pixels of a patch along each side; the video is first cut into patches. */
  readonly patchSize: number
}

/** The VAE of Wan 2.2 TI2V-5B. */
export const WAN22_VAE: Vae22Config = {
  dim: 160,
  decoderDim: 256,
  zDim: 48,
  dimMult: [1, 2, 4, 4],
  numResBlocks: 2,
  temporalDownsample: [false, true, true],
  patchSize: 2,
  mean: [
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891,
    0.157, -0.0098, 0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502,
    -0.2055, -0.0322, 0.1109, 0.1567, -0.0729, 0.0899, -0.2799, -0.123, -0.0313, -0.1649, 0.0117, 0.0723,
    -0.2839, -0.2083, -0.052, 0.3748, 0.0152, 0.1957, 0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
  ],
  std: [
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.499, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885,
    0.6165, 0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338,
    0.4889, 0.4917, 0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458,
    1.6887, 0.3971, 1.06, 0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
  ],
}

/** Channels of a group of layers between two sizes, and how it changes the size. */
export interface GroupShape {
  /** Channels into each of its residual blocks, and out of the last. */
  readonly blocks: readonly { readonly inChannels: number; readonly outChannels: number }[]
  readonly inChannels: number
  readonly channels: number
  /** Factors of the resampling; undefined for the group that keeps its size. */
  readonly resample: { readonly space: number; readonly time: number } | undefined
}

function group(
  inChannels: number,
  channels: number,
  count: number,
  temporal: boolean | undefined,
): GroupShape {
  return {
    blocks: Array.from({ length: count }, (_, i) => ({
      inChannels: i === 0 ? inChannels : channels,
      outChannels: channels,
    })),
    inChannels,
    channels,
    resample: temporal === undefined ? undefined : { space: 2, time: temporal ? 2 : 1 },
  }
}

/** From the latents' size to that of the patches. */
export function decoderGroups({
  decoderDim,
  dimMult,
  numResBlocks,
  temporalDownsample,
}: Vae22Config): GroupShape[] {
  const channels = dimMult.map((mult) => decoderDim * mult).reverse()
  const temporal = [...temporalDownsample].reverse()
  return channels.map((own, i) => group(channels[Math.max(0, i - 1)]!, own, numResBlocks + 1, temporal[i]))
}

/** From the size of the patches to the latents'. */
export function encoderGroups({ dim, dimMult, numResBlocks, temporalDownsample }: Vae22Config): GroupShape[] {
  const channels = dimMult.map((mult) => dim * mult)
  return channels.map((own, i) =>
    group(i === 0 ? dim : channels[i - 1]!, own, numResBlocks, temporalDownsample[i]),
  )
}

/** Reads the numbers of a manifest. @throws WeightsError */
export function parseVae22Config(at: CheckedJson): Vae22Config {
  const { decoderDim } = at.dims(['decoderDim'])
  return { ...parseCausalVae(at), decoderDim, patchSize: at.get('patchSize').integer(1, 8) }
}
