// Wan 2.1 VACE: text to video that is shown a control video, a mask and reference pictures.
import { CheckedJson } from '../weights/sources/checked-json'
import type { Family, Networks } from './family'
import { requireLatentPair } from './latent-pair'
import { contextChannels, vaceContext } from './vace/context'
import { hasSideBlocks } from './wan-dit/vace-config'
import { openWanEncoder } from './wan-vae/open-encoder'
import { isVae22 } from './wan22-vae/config-of'
import { parseWan21Config, WAN_21, wan21Config, wan21Networks, type Wan21Config } from './wan21'

/** @throws WeightsError where the networks do not fit together */
function parseVaceConfig(at: CheckedJson): Wan21Config {
  const config = parseWan21Config(at)
  const { dit, vae } = config
  const cell = 2 ** (vae.dimMult.length - 1)
  const needed = contextChannels(vae.zDim, cell)
  if (dit.vace?.inDim !== needed)
    throw at
      .get('dit')
      .get('vace')
      .error(
        `the side blocks of a model with inDim ${needed}: ${vae.zDim} kept and ${vae.zDim} made channels, and ${cell}×${cell} of the mask`,
      )
  return config
}

/** Makes the networks of a config. */
export function vaceNetworks(config: Wan21Config): Networks {
  return {
    ...wan21Networks(config),
    openEncoder: (at) => openWanEncoder(at, config.vae),
    encodeControl: vaceContext,
  }
}

export const WAN_21_VACE: Family = {
  ...WAN_21,
  id: 'wan2.1-vace',
  configure: (config) => vaceNetworks(parseVaceConfig(config)),
  recognise({ textEncoder, dit, vae }, title) {
    if (!textEncoder || !dit || !vae || isVae22(vae) || !hasSideBlocks(dit)) return undefined
    const config = wan21Config({ textEncoder, dit, vae })
    requireLatentPair({ file: dit, channels: config.dit.outDim }, { file: vae, channels: config.vae.zDim })
    return vaceNetworks(parseVaceConfig(new CheckedJson(config, title)))
  },
}
