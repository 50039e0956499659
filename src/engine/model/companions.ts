// What may stand beside a model's own networks: a tiny decoder of its latents, and an upscaler of its frames.
import type { Geometry, Networks, Weights } from '../../models/family'
import type { SrvggConfig } from '../../models/srvgg/config'
import { srvggConfigOf } from '../../models/srvgg/keys'
import { openUpscaler } from '../../models/srvgg/upscaler'
import { taehvStride, type TaehvConfig } from '../../models/taehv/config'
import { openTinyDecoder } from '../../models/taehv/decoder'
import { foreignModelOf, takesAutoencoderLatents, taehvConfigOf } from '../../models/taehv/keys'
import { UPSCALES, type Upscale } from '../../protocol/settings'
import { WeightsError } from '../../weights/error'
import type { WeightFile } from '../../weights/weight-file'

/** Roles of the files, in a manifest and among a model's weights. */
export const COMPANION_ROLES = ['tinyDecoder', 'upscaler'] as const
type CompanionRole = (typeof COMPANION_ROLES)[number]

export interface TinyDecoderFile {
  readonly config: TaehvConfig
  /** Whether it takes the VAE's own latents: the model's times the VAE's deviations, plus its means. */
  readonly takesAutoencoderLatents: boolean
}

/**
 * The numbers of the tiny decoder in `file`, for latents of that geometry.
 * @param path its name is the one sign of a decoder for other latents of the same shape
 * @throws WeightsError where it decodes other latents
 */
export function tinyDecoderOf(
  file: WeightFile,
  path: string,
  { channels, stride }: Pick<Geometry, 'channels' | 'stride'>,
): TinyDecoderFile {
  const foreign = foreignModelOf(path)
  if (foreign !== undefined)
    throw new WeightsError(
      path,
      `${path} is the tiny decoder of ${foreign}, whose latents are not Wan's. Choose taew2_1.safetensors.`,
    )
  const config = taehvConfigOf(file)
  const { space, time } = taehvStride(config)
  if (
    config.latentChannels !== channels ||
    space !== stride.height ||
    space !== stride.width ||
    time !== stride.frames
  )
    throw new WeightsError(
      path,
      `${path} decodes latents of ${config.latentChannels} channels to ${space}×${space} pixels and ${time} frames each; this model's have ${channels}, for ${stride.width}×${stride.height} pixels and ${stride.frames} frames. Choose a tiny decoder of this model.`,
    )
  return { config, takesAutoencoderLatents: takesAutoencoderLatents(path) }
}

/** The scales that an upscaler can give. @throws WeightsError where that is none */
function upscalesOf({ factor }: SrvggConfig, path: string): readonly Upscale[] {
  const upscales = UPSCALES.filter((scale) => factor % scale === 0)
  if (upscales.length > 1) return upscales
  throw new WeightsError(
    path,
    `${path} enlarges frames ${factor} times, and they can be enlarged 2 or 4 times. Choose an upscaler for 2 or 4.`,
  )
}

/** A model's networks and the files of their weights. */
export interface Equipped {
  readonly networks: Networks
  readonly weights: Weights
}

const ADD: Readonly<Record<CompanionRole, (networks: Networks, file: WeightFile, path: string) => Networks>> =
  {
    tinyDecoder(networks, file, path) {
      const { config, takesAutoencoderLatents: isScaled } = tinyDecoderOf(file, path, networks.geometry)
      const scale = isScaled ? networks.latentScale : undefined
      return {
        ...networks,
        openTinyDecoder: (at) => openTinyDecoder(at.loader('tinyDecoder'), config, scale),
      }
    },
    upscaler(networks, file, path) {
      const config = srvggConfigOf(file)
      return {
        ...networks,
        upscales: upscalesOf(config, path),
        openUpscaler: (at) => openUpscaler(at.loader('upscaler'), config),
      }
    },
  }

/** The model with one more network. @throws WeightsError where that is none for it */
export function withCompanion(
  { networks, weights }: Equipped,
  role: CompanionRole,
  file: WeightFile,
  path: string,
): Equipped {
  return { networks: ADD[role](networks, file, path), weights: { ...weights, [role]: file } }
}
