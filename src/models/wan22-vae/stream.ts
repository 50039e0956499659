import { latentsToFrame } from '../../gpu/kernels/latents_to_frame'
import type { Ops } from '../../gpu/ops'
import { releaseTree } from '../blocks/tensor-tree'
import type { Decoder } from '../family'
import { decodeFrame, DECODER_START, type DecoderState } from './decoder'
import type { DecoderWeights } from './weights'

/** A decoder that may pass through the clip more than once. */
export interface PassingDecoder<State> extends Decoder<State> {
  /** Number of passes; the frames come in the last one, and `t` counts through all. */
  readonly passes: number
}

export function vae22Decoder(ops: Ops, weights: DecoderWeights): PassingDecoder<DecoderState> {
  return {
    start: DECODER_START,
    passes: 1,
    decode: (latents, t, state) =>
      decodeFrame(ops, weights, latentsToFrame(ops, latents, weights.statistics, t, 'vae.latents'), state),
    release: () => releaseTree(ops, weights),
  }
}
