import { releaseTree } from '../blocks/tensor-tree'
import type { ClipEncoder, Loading } from '../family'
import type { Vae22Config } from './config'
import { encode } from './encoder'
import { vae22Decoder, type PassingDecoder } from './stream'
import { tiledDecoder } from './tiles'
import { loadDecoder, loadEncoder } from './weights'

/**
 * Loads the decoder of Wan 2.2's VAE from the file of role `vae`.
 * @param tiles of a frame, each decoded through the whole clip; more tiles take less memory. @throws WeightsError
 * naming file and tensor
 */
export async function openWan22Decoder(
  at: Loading,
  config: Vae22Config,
  tiles = 1,
): Promise<PassingDecoder<unknown>> {
  const weights = await loadDecoder(at.loader('vae'), config)
  return tiles > 1 ? tiledDecoder(at.ops, weights, tiles) : vae22Decoder(at.ops, weights)
}

/** Loads the encoder of Wan 2.2's VAE from the file of role `vae`. @throws WeightsError naming file and tensor */
export async function openWan22Encoder(at: Loading, config: Vae22Config): Promise<ClipEncoder> {
  const weights = await loadEncoder(at.loader('vae'), config)
  return {
    encode: (frames, numFrames, signal) => encode(at.ops, weights, frames, numFrames, signal),
    release: () => releaseTree(at.ops, weights),
  }
}
