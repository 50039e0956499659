import { latentsToFrame } from '../../gpu/kernels/latents_to_frame'
import type { Decoder, Loading } from '../family'
import type { VaeConfig } from './config'
import { decodeFrame, DECODER_START, type DecoderState } from './decoder'
import { loadDecoder, releaseDecoder } from './weights'

/** Loads the decoder of Wan 2.1's VAE from the file of role `vae`. @throws WeightsError naming file and tensor */
export async function openWanDecoder(at: Loading, config: VaeConfig): Promise<Decoder<DecoderState>> {
  const { ops } = at
  const weights = await loadDecoder(at.loader('vae'), config)
  return {
    start: DECODER_START,
    decode: (latents, t, state) =>
      decodeFrame(ops, weights, latentsToFrame(ops, latents, weights.statistics, t, 'vae.latents'), state),
    release: () => releaseDecoder(ops, weights),
  }
}
