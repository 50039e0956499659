// Wan 2.2 A14B: two DiTs for high and for low noise, of text, or of text and a picture, without CLIP; the first Wan
// VAE.
import { CheckedJson } from '../weights/sources/checked-json'
import { WeightsError } from '../weights/error'
import type { Family, Networks } from './family'
import { requireLatentPair } from './latent-pair'
import { openExperts } from './two-experts'
import { parseWan21Networks, WAN_21, wan21Config, wan21Networks, type Wan21Config } from './wan21'
import { ditConfigOf } from './wan-dit/config'
import { openWanDenoiser } from './wan-dit/denoiser'
import { furtherChannels, readsPictures } from './wan-dit/image-channels'
import { openWanEncoder } from './wan-vae/open-encoder'
import { isVae22 } from './wan22-vae/config-of'

const TRAIN_TIMESTEPS = 1000
/** Of all timesteps, the share below which the expert for low noise predicts: of text, and of pictures. */
const BOUNDARIES = { text: 0.875, picture: 0.9 } as const
const EXPERT_ROLES = { high: 'dit', low: 'ditLow' } as const

/** The numbers of the networks, as in a manifest's `config`; those of both transformers are the same. */
export interface A14bConfig extends Wan21Config {
  /** From 0 to 1, diffusers' `boundary_ratio`. */
  readonly boundary: number
}

/** @throws WeightsError where the networks do not fit together */
function parseA14bConfig(at: CheckedJson): A14bConfig {
  const config = { ...parseWan21Networks(at), boundary: at.get('boundary').number(0, 1) }
  const { inDim, outDim } = config.dit
  if (inDim !== outDim && !readsPictures(config.dit))
    throw at
      .get('dit')
      .get('inDim')
      .error(`${outDim}, or ${outDim + furtherChannels(config.dit)} for pictures`)
  return config
}

/** Makes the networks of a config. */
export function a14bNetworks(config: A14bConfig): Networks {
  const { dit, vae, boundary } = config
  return {
    ...wan21Networks(config),
    async openDenoiser(at, role) {
      const open = (from: string) => openWanDenoiser(at, dit, undefined, from)
      if (role !== undefined) return open(role)
      return openExperts(at, (noise) => open(EXPERT_ROLES[noise]), boundary * TRAIN_TIMESTEPS)
    },
    boundary: boundary * TRAIN_TIMESTEPS,
    ...(readsPictures(dit) && {
      pictures: { as: 'channels', fit: 'stretch', takesLast: true, isNeeded: true },
      openEncoder: (at) => openWanEncoder(at, vae),
    }),
  }
}

export const WAN_22_A14B: Family = {
  id: 'wan2.2-a14b',
  roles: ['textEncoder', 'dit', 'ditLow', 'vae'],
  tokenizer: WAN_21.tokenizer,
  configure: (config) => a14bNetworks(parseA14bConfig(config)),
  recognise({ textEncoder, dit, ditLow, vae }, title) {
    if (!textEncoder || !dit || !vae || isVae22(vae)) return undefined
    const config = wan21Config({ textEncoder, dit, vae })
    const takesPictures = readsPictures(config.dit)
    if (!ditLow) {
      if (!takesPictures || config.dit.imageDim !== undefined) return undefined
      throw new WeightsError(
        dit.name,
        `${dit.name} is one of the two transformers of Wan 2.2 I2V A14B, and the other is missing: put both files, for high and for low noise, beside each other, with "high" and "low" in their names.`,
        'model-missing',
      )
    }
    if (JSON.stringify(ditConfigOf(ditLow)) !== JSON.stringify(config.dit))
      throw new WeightsError(
        ditLow.name,
        `${dit.name} and ${ditLow.name} are transformers of different sizes: they are not the two halves of one model. Choose the files of one model.`,
      )
    requireLatentPair({ file: dit, channels: config.dit.outDim }, { file: vae, channels: config.vae.zDim })
    const boundary = takesPictures ? BOUNDARIES.picture : BOUNDARIES.text
    return a14bNetworks(parseA14bConfig(new CheckedJson({ ...config, boundary }, title)))
  },
}
