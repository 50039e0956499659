import { releaseTree } from '../blocks/tensor-tree'
import type { ClipEncoder, Loading } from '../family'
import type { VaeConfig } from './config'
import { encode } from './encoder'
import { loadEncoder } from './weights'

/**
 * Loads the encoder of Wan 2.1's VAE: from the file of role `vaeEncoder` where the model has one, else from that of
 * role `vae`. @throws WeightsError naming file and tensor
 */
export async function openWanEncoder(at: Loading, config: VaeConfig): Promise<ClipEncoder> {
  const weights = await loadEncoder(at.loader(at.weights['vaeEncoder'] ? 'vaeEncoder' : 'vae'), config)
  return {
    encode: (frames, numFrames, signal) => encode(at.ops, weights, frames, numFrames, signal),
    release: () => releaseTree(at.ops, weights),
  }
}
