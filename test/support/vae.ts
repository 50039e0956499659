import { WAN_VAE } from '../../src/models/wan-vae/config'
import type { VaeConfig } from '../../src/models/wan-vae/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { goldenMetadata } from './golden'

/** The official config's names as ours. The goldens' latents are normalised by Wan's own statistics. */
export function vaeConfig(file: WeightFile): VaeConfig {
  const config = goldenMetadata(file)
  return {
    dim: Number(config['dim']),
    zDim: Number(config['z_dim']),
    dimMult: config['dim_mult'] as number[],
    numResBlocks: Number(config['num_res_blocks']),
    temporalDownsample: config['temperal_downsample'] as boolean[], // spelled so in the official code
    mean: WAN_VAE.mean,
    std: WAN_VAE.std,
  }
}
