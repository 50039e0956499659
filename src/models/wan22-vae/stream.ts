import { latentsToFrame } from '../../gpu/kernels/latents_to_frame'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import type { Frame } from '../blocks/causal-conv'
import { releaseTree } from '../blocks/tensor-tree'
import { decodeFrame, DECODER_START, type DecoderState } from './decoder'
import type { DecoderWeights } from './weights'

/** Decodes a clip latent frame by latent frame. */
export interface LatentDecoder<State> {
  readonly start: State
  /** How often it goes through the clip: the frames come in the last pass, and `t` counts on through all. */
  readonly passes: number
  /**
   * Latent frame `t` of normalised latents [C, T, h, w] f32 → its video frames [H, W, 3], about −1 to 1, and the next state.
   * Takes over `state`, not `latents`.
   */
  decode(latents: Tensor, t: number, state: State): readonly [frames: readonly Frame[], State]
  release(): void
}

export function vae22Decoder(ops: Ops, weights: DecoderWeights): LatentDecoder<DecoderState> {
  return {
    start: DECODER_START,
    passes: 1,
    decode: (latents, t, state) =>
      decodeFrame(ops, weights, latentsToFrame(ops, latents, weights.statistics, t, 'vae.latents'), state),
    release: () => releaseTree(ops, weights),
  }
}
