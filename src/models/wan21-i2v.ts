// Wan 2.1 image to video and Fun-InP: a DiT that reads 36 channels, the first Wan VAE both ways, and CLIP, to whose
// features of the picture every block attends.
import { WeightsError } from '../weights/error'
import { CheckedJson } from '../weights/sources/checked-json'
import { clipVisionConfigOf, parseClipVisionConfig, type ClipVisionConfig } from './clip-vision/config'
import { clipFeatures, openClipVision } from './clip-vision/open'
import { featureCount } from './clip-vision/patches'
import type { Family, Networks, Weights } from './family'
import { requireLatentPair } from './latent-pair'
import { parseWan21Networks, WAN_21, wan21Config, wan21Networks, type Wan21Config } from './wan21'
import { furtherChannels, readsPictures } from './wan-dit/image-channels'
import { openWanEncoder } from './wan-vae/open-encoder'
import { isVae22 } from './wan22-vae/config-of'

/** The numbers of the four networks, as in a manifest's `config`. */
export interface Wan21I2vConfig extends Wan21Config {
  readonly clip: ClipVisionConfig
  /** Whether it was trained to fill in what is not given: all after the first frame, all between two, or everything. */
  readonly inpaints: boolean
}

/** @throws WeightsError where the networks do not fit together */
function parseWan21I2vConfig(at: CheckedJson): Wan21I2vConfig {
  const config = {
    ...parseWan21Networks(at),
    clip: parseClipVisionConfig(at.get('clip')),
    inpaints: at.get('inpaints').boolean(),
  }
  const { dit, clip } = config
  const ditAt = at.get('dit')
  if (!readsPictures(dit))
    throw ditAt
      .get('inDim')
      .error(`${dit.outDim + furtherChannels(dit)}: the noise, the mask, and the picture's latents`)
  if (dit.imageDim !== clip.dim)
    throw ditAt.get('imageDim').error(`${clip.dim}, the width of CLIP's features`)
  const { imagePositions = 2 * featureCount(clip) } = dit
  if (imagePositions !== 2 * featureCount(clip))
    throw ditAt.get('imagePositions').error(`${2 * featureCount(clip)}, the features of two pictures`)
  return config
}

/** Derives the config from the shapes of the four files' tensors. @throws WeightsError */
function wan21I2vConfig(weights: Weights): Wan21I2vConfig {
  const config = wan21Config(weights)
  return {
    ...config,
    clip: clipVisionConfigOf(weights['clip']!),
    inpaints: inpaints(config, weights['dit']!.name),
  }
}

/** Of Wan's own only one size was published; Fun-InP has the same shapes, and another size besides. */
const OWN_WIDTH = 5120

/** Whether the name of a file is that of a Fun-InP. */
export function isNamedFun(name: string): boolean {
  return /(^|[^a-z])(fun|inp)([^a-z]|$)/i.test(name)
}

function inpaints({ dit }: Wan21Config, name: string): boolean {
  return dit.imagePositions === undefined && (dit.dim !== OWN_WIDTH || isNamedFun(name))
}

/** Makes the networks of a config. */
export function wan21I2vNetworks(config: Wan21I2vConfig): Networks {
  const { vae, clip, dit, inpaints } = config
  const isBetweenTwo = dit.imagePositions !== undefined
  return {
    ...wan21Networks(config),
    pictures: {
      as: 'channels',
      fit: 'stretch',
      takesLast: inpaints || isBetweenTwo,
      isNeeded: !inpaints,
      features: clipFeatures(clip, isBetweenTwo ? 2 : 1),
    },
    openEncoder: (at) => openWanEncoder(at, vae),
    openVision: async (at) => openClipVision(at, clip),
  }
}

export const WAN_21_I2V: Family = {
  id: 'wan2.1-i2v',
  roles: ['textEncoder', 'dit', 'vae', 'clip'],
  tokenizer: WAN_21.tokenizer,
  configure: (config) => wan21I2vNetworks(parseWan21I2vConfig(config)),
  recognise(weights, title) {
    const { textEncoder, dit, vae, clip } = weights
    if (!textEncoder || !dit || !vae || isVae22(vae)) return undefined
    const numbers = wan21Config({ textEncoder, dit, vae })
    if (!readsPictures(numbers.dit) || numbers.dit.imageDim === undefined) return undefined
    requireLatentPair({ file: dit, channels: numbers.dit.outDim }, { file: vae, channels: numbers.vae.zDim })
    if (!clip)
      throw new WeightsError(
        dit.name,
        `${dit.name} looks at a picture with CLIP, which is missing: put clip_vision_h.safetensors beside it.`,
        'model-missing',
      )
    return wan21I2vNetworks(parseWan21I2vConfig(new CheckedJson(wan21I2vConfig(weights), title)))
  },
}
