// Sizes of the published models, and of smaller models of the same architecture.
import type { DitConfig } from '../../models/wan-dit/config'
import type { TextEncoderConfig } from '../../models/umt5/config'
import type { VaeConfig } from '../../models/wan-vae/config'

/** The numbers that determine the shapes of a model's tensors. */
export interface ModelSizes {
  readonly dit: DitConfig
  readonly textEncoder: TextEncoderConfig
  readonly vae: Omit<VaeConfig, 'mean' | 'std'>
}

const WAN_1_3B: ModelSizes = {
  dit: {
    dim: 1536,
    ffnDim: 8960,
    numHeads: 12,
    numLayers: 30,
    inDim: 16,
    outDim: 16,
    patchSize: [1, 2, 2],
    textDim: 4096,
    textLen: 512,
    freqDim: 256,
    eps: 1e-6,
  },
  textEncoder: {
    vocabSize: 256384,
    dim: 4096,
    dimAttn: 4096,
    dimFfn: 10240,
    numHeads: 64,
    numLayers: 24,
    numBuckets: 32,
    maxDistance: 128,
  },
  vae: { dim: 96, zDim: 16, dimMult: [1, 2, 4, 4], numResBlocks: 2, temporalDownsample: [false, true, true] },
}

/** By the catalogue's ids. */
export const MODELS: Readonly<Record<string, ModelSizes>> = { 'wan2.1-t2v-1.3b': WAN_1_3B }

/** Elements that share a K-quant's block: rows of a matrix must be whole blocks. */
const K_BLOCK = 256
const VAE_UNIT = 8

/**
 * Divides widths, layers and the vocabulary by `scale`: widths rounded up to a multiple of 256 (of the VAE: 8), the rest
 * to a whole number. The width of a head stays, and so do the VAE's levels and latent channels.
 */
export function scaledSizes({ dit, textEncoder, vae }: ModelSizes, scale: number): ModelSizes {
  const shrink = (size: number, unit: number): number => Math.ceil(size / scale / unit) * unit
  const ditDim = shrink(dit.dim, K_BLOCK)
  const textDim = shrink(textEncoder.dim, K_BLOCK)
  const dimAttn = shrink(textEncoder.dimAttn, K_BLOCK)
  return {
    dit: {
      ...dit,
      dim: ditDim,
      ffnDim: shrink(dit.ffnDim, K_BLOCK),
      numHeads: (ditDim * dit.numHeads) / dit.dim,
      numLayers: shrink(dit.numLayers, 1),
      textDim,
    },
    textEncoder: {
      ...textEncoder,
      vocabSize: shrink(textEncoder.vocabSize, 1),
      dim: textDim,
      dimAttn,
      dimFfn: shrink(textEncoder.dimFfn, K_BLOCK),
      numHeads: (dimAttn * textEncoder.numHeads) / textEncoder.dimAttn,
      numLayers: shrink(textEncoder.numLayers, 1),
    },
    vae: { ...vae, dim: shrink(vae.dim, VAE_UNIT) },
  }
}
