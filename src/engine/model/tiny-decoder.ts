// Whether a tiny decoder beside a model's VAE is one for its latents.
import type { Geometry, Networks, Weights } from '../../models/family'
import { taehvStride, type TaehvConfig } from '../../models/taehv/config'
import { openTinyDecoder } from '../../models/taehv/decoder'
import { foreignModelOf, takesAutoencoderLatents, taehvConfigOf } from '../../models/taehv/keys'
import { WeightsError } from '../../weights/error'
import type { WeightFile } from '../../weights/weight-file'

/** Of the file, in a manifest and among a model's weights. */
export const TINY_DECODER = 'tinyDecoder'

export interface TinyDecoderFile {
  readonly config: TaehvConfig
  /** Whether it takes latents as the VAE makes them: the model's times the VAE's deviations, plus its means. */
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

/** What a model is with a tiny decoder beside its own. */
export interface WithTinyDecoder {
  readonly networks: Networks
  readonly weights: Weights
}

/** @throws WeightsError where the file decodes other latents */
export function withTinyDecoder(
  { networks, weights }: WithTinyDecoder,
  file: WeightFile,
  path: string,
): WithTinyDecoder {
  const { config, takesAutoencoderLatents: isScaled } = tinyDecoderOf(file, path, networks.geometry)
  const scale = isScaled ? networks.latentScale : undefined
  return {
    networks: {
      ...networks,
      openTinyDecoder: (at) => openTinyDecoder(at.loader(TINY_DECODER), config, scale),
    },
    weights: { ...weights, [TINY_DECODER]: file },
  }
}
