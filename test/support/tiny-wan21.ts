// The goldens' tiny networks of Wan 2.1, and the shape of a tiny decoder that goes with them.
import { wan21Networks } from '../../src/models/wan21'
import type { TaehvConfig } from '../../src/models/taehv/config'
import { ditConfig } from './config'
import { openGolden } from './golden'
import { textEncoderConfig } from './umt5'
import { vaeConfig } from './vae'

export const TINY_TAEHV: TaehvConfig = {
  variant: 'base',
  latentChannels: 16,
  patch: 1,
  channels: [8, 8, 8, 8],
  timeUpscale: [1, 2, 2],
}

export async function tinyWan21() {
  const [textEncoder, dit, vae] = await Promise.all([
    openGolden('umt5_tiny.weights'),
    openGolden('dit_tiny.weights'),
    openGolden('vae_tiny.weights'),
  ])
  const networks = wan21Networks({
    textEncoder: textEncoderConfig(textEncoder),
    dit: ditConfig(dit),
    vae: vaeConfig(vae),
  })
  return { networks, weights: { textEncoder, dit, vae } }
}
