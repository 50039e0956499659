// Wan 2.1 text to video: umT5, a DiT with 16 latent channels, the first Wan VAE.
import { WeightsError } from '../weights/error'
import { CheckedJson } from '../weights/sources/checked-json'
import type { Family, Networks, PictureUse, Weights } from './family'
import { requireLatentPair } from './latent-pair'
import { parseTextEncoderConfig, textEncoderConfigOf, type TextEncoderConfig } from './umt5/config'
import { loadTokenizer } from './umt5/tokenizer'
import { ditConfigOf, parseDitConfig, type DitConfig } from './wan-dit/config'
import { readsPictures } from './wan-dit/image-channels'
import { hasSideBlocks } from './wan-dit/vace-config'
import { wanNetworks } from './wan-networks'
import { parseVaeConfig, vaeConfigOf, type VaeConfig } from './wan-vae/config'
import { openWanDecoder } from './wan-vae/open-decoder'
import { openWanEncoder } from './wan-vae/open-encoder'
import { isVae22 } from './wan22-vae/config-of'

/** The numbers of the three networks, as in a manifest's `config`. */
export interface Wan21Config {
  readonly textEncoder: TextEncoderConfig
  readonly dit: DitConfig
  readonly vae: VaeConfig
  /** `firstFrame`: trained with a clean first latent frame at timestep 0, so that a clip may begin with a picture. */
  readonly conditioning?: 'firstFrame'
}

/** Of text to video. @throws WeightsError where the networks do not fit together */
export function parseWan21Config(at: CheckedJson): Wan21Config {
  const config = parseWan21Networks(at)
  if (config.dit.inDim !== config.dit.outDim)
    throw at
      .get('dit')
      .get('inDim')
      .error(`${config.dit.outDim}, the channels that come out, for text to video`)
  return config
}

/** Of any model of these networks, whatever its transformer reads beside the latents. @throws as `parseWan21Config` */
export function parseWan21Networks(at: CheckedJson): Wan21Config {
  const textEncoder = parseTextEncoderConfig(at.get('textEncoder'))
  const dit = parseDitConfig(at.get('dit'))
  const vae = parseVaeConfig(at.get('vae'))
  if (dit.textDim !== textEncoder.dim)
    throw at.get('dit').get('textDim').error(`${textEncoder.dim}, the width of the text encoder`)
  if (dit.outDim !== vae.zDim)
    throw at.get('dit').get('outDim').error(`${vae.zDim}, the channels of the VAE's latents`)
  const conditioning = at.optional('conditioning')?.oneOf(['firstFrame'])
  return { textEncoder, dit, vae, ...(conditioning && { conditioning }) }
}

/** The picture is the first latent frame, which is held. */
const FIRST_FRAME: PictureUse = { as: 'held', fit: 'cover', takesLast: false, isNeeded: false }

/** Derives the config from the shapes of the three files' tensors. @throws WeightsError */
export function wan21Config({ textEncoder, dit, vae }: Weights): Wan21Config {
  return {
    textEncoder: textEncoderConfigOf(textEncoder!),
    dit: ditConfigOf(dit!),
    vae: vaeConfigOf(vae!),
  }
}

/** Makes the networks of a config. */
export function wan21Networks(config: Wan21Config): Networks {
  const { vae, conditioning } = config
  return {
    ...wanNetworks(config, 1),
    openDecoder: (at) => openWanDecoder(at, vae),
    openFilmEncoder: (at) => openWanEncoder(at, vae),
    ...(conditioning === 'firstFrame' && {
      pictures: FIRST_FRAME,
      openEncoder: (at) => openWanEncoder(at, vae),
    }),
  }
}

export const WAN_21: Family = {
  id: 'wan2.1',
  roles: ['textEncoder', 'dit', 'vae'],
  optionalRoles: ['vaeEncoder', 'causalDit'],
  tokenizer: {
    roles: ['tokenizer', 'tokenizerConfig'],
    open: ({ tokenizer, tokenizerConfig }) => loadTokenizer(tokenizer, tokenizerConfig),
  },
  configure: (config) => wan21Networks(parseWan21Config(config)),
  recognise({ textEncoder, dit, ditLow, vae }, title) {
    if (!textEncoder || !dit || !vae || ditLow || isVae22(vae) || hasSideBlocks(dit)) return undefined
    const config = wan21Config({ textEncoder, dit, vae })
    const { inDim, outDim } = config.dit
    if (readsPictures(config.dit)) return undefined // another family's
    if (inDim !== outDim)
      throw new WeightsError(
        dit.name,
        `${dit.name} reads ${inDim} channels and gives ${outDim}: it also takes an image or a video, which text to video does not have. Choose a file of Wan 2.1 T2V.`,
      )
    requireLatentPair({ file: dit, channels: outDim }, { file: vae, channels: config.vae.zDim })
    return wan21Networks(parseWan21Config(new CheckedJson(config, title)))
  },
}
