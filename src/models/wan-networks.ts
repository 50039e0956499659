// What the families of Wan have in common: umT5, a DiT, and latents of a causal VAE.
import type { Geometry, Networks } from './family'
import type { CausalVaeConfig } from './blocks/vae-config'
import type { TextEncoderConfig } from './umt5/config'
import { openUmt5 } from './umt5/text-model'
import { ditAdapterBase } from './wan-dit/adapters'
import type { DitConfig } from './wan-dit/config'
import { openWanDenoiser } from './wan-dit/denoiser'
import { ditMatrixFormat } from './wan-dit/matrix-format'

export interface WanNumbers {
  readonly textEncoder: TextEncoderConfig
  readonly dit: DitConfig
  readonly vae: CausalVaeConfig
}

type Common = Pick<
  Networks,
  | 'geometry'
  | 'maxTokens'
  | 'textDim'
  | 'textSteps'
  | 'openText'
  | 'openDenoiser'
  | 'matrixFormat'
  | 'adapterBase'
  | 'latentScale'
>

/** @param patch pixels along each side that the VAE takes as one */
export function wanNetworks({ textEncoder, dit, vae }: WanNumbers, patch: number): Common {
  const spatial = patch * 2 ** (vae.dimMult.length - 1)
  const geometry: Geometry = {
    channels: vae.zDim,
    stride: {
      frames: 2 ** vae.temporalDownsample.filter(Boolean).length,
      height: spatial,
      width: spatial,
    },
    patch: dit.patchSize,
  }
  return {
    geometry,
    maxTokens: dit.textLen,
    textDim: textEncoder.dim,
    textSteps: textEncoder.numLayers,
    openText: (at) => openUmt5(at, textEncoder),
    openDenoiser: (at, role) => openWanDenoiser(at, dit, undefined, role),
    matrixFormat: ({ dit: file }, asked) => ditMatrixFormat(file!, asked),
    adapterBase: ({ dit: file }) => ditAdapterBase(file!),
    latentScale: { mean: vae.mean, std: vae.std },
  }
}
