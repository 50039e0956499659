// Wan 2.2 TI2V: text, and optionally a picture, to video. umT5, a DiT with 48 latent channels, Wan 2.2's VAE.
import { CheckedJson } from '../weights/sources/checked-json'
import type { Family, Networks, Weights } from './family'
import { requireLatentPair } from './latent-pair'
import { parseTextEncoderConfig, textEncoderConfigOf, type TextEncoderConfig } from './umt5/config'
import { loadTokenizer } from './umt5/tokenizer'
import { ditConfigOf, parseDitConfig, type DitConfig } from './wan-dit/config'
import { wanNetworks } from './wan-networks'
import { parseVae22Config, type Vae22Config } from './wan22-vae/config'
import { isVae22, vae22ConfigOf } from './wan22-vae/config-of'
import { openWan22Decoder, openWan22Encoder } from './wan22-vae/open'
import { tileCounts } from './wan22-vae/tiles'

/** The numbers of the three networks, as in a manifest's `config`. */
export interface Ti2vConfig {
  readonly textEncoder: TextEncoderConfig
  readonly dit: DitConfig
  readonly vae: Vae22Config
}

/** @throws WeightsError where the networks do not fit together */
function parseTi2vConfig(at: CheckedJson): Ti2vConfig {
  const textEncoder = parseTextEncoderConfig(at.get('textEncoder'))
  const dit = parseDitConfig(at.get('dit'))
  const vae = parseVae22Config(at.get('vae'))
  if (dit.textDim !== textEncoder.dim)
    throw at.get('dit').get('textDim').error(`${textEncoder.dim}, the width of the text encoder`)
  for (const name of ['inDim', 'outDim'] as const) {
    if (dit[name] !== vae.zDim)
      throw at.get('dit').get(name).error(`${vae.zDim}, the channels of the VAE's latents`)
  }
  return { textEncoder, dit, vae }
}

/** Derives the config from the shapes of the three files' tensors. @throws WeightsError */
function ti2vConfig({ textEncoder, dit, vae }: Weights): Ti2vConfig {
  return {
    textEncoder: textEncoderConfigOf(textEncoder!),
    dit: ditConfigOf(dit!),
    vae: vae22ConfigOf(vae!),
  }
}

/** Makes the networks of a config. A picture becomes the first latent frame, which is held. */
export function ti2vNetworks(config: Ti2vConfig): Networks {
  const { vae } = config
  return {
    ...wanNetworks(config, vae.patchSize),
    openDecoder: (at) => openWan22Decoder(at, vae, at.residency.tiles),
    tileCounts: (latents) => tileCounts(vae, latents),
    pictures: { as: 'held', fit: 'cover', takesLast: false, isNeeded: false },
    openEncoder: (at) => openWan22Encoder(at, vae),
  }
}

export const WAN_22_TI2V: Family = {
  id: 'wan2.2-ti2v',
  roles: ['textEncoder', 'dit', 'vae'],
  tokenizer: {
    roles: ['tokenizer', 'tokenizerConfig'],
    open: ({ tokenizer, tokenizerConfig }) => loadTokenizer(tokenizer, tokenizerConfig),
  },
  configure: (config) => ti2vNetworks(parseTi2vConfig(config)),
  recognise(weights, title) {
    const { textEncoder, dit, vae } = weights
    if (!textEncoder || !dit || !vae || !isVae22(vae)) return undefined
    const config = ti2vConfig(weights)
    requireLatentPair({ file: dit, channels: config.dit.outDim }, { file: vae, channels: config.vae.zDim })
    return ti2vNetworks(parseTi2vConfig(new CheckedJson(config, title)))
  },
}
