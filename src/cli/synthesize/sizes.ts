// Sizes of the published models, and of smaller models of the same architecture.
import type { DitConfig } from '../../models/wan-dit/config'
import type { TextEncoderConfig } from '../../models/umt5/config'
import { CLIP_VIT_H, type ClipVisionConfig } from '../../models/clip-vision/config'
import type { VaeConfig } from '../../models/wan-vae/config'
import { WAN22_VAE, type Vae22Config } from '../../models/wan22-vae/config'

/** The numbers that determine the shapes of a model's tensors. */
export interface ModelSizes {
  readonly dit: DitConfig
  readonly textEncoder: TextEncoderConfig
  /** One of the two. */
  readonly vae?: Omit<VaeConfig, 'mean' | 'std'>
  readonly vae22?: Vae22Config
  /** Where the DiT attends to the features of a picture. */
  readonly image?: { readonly imageDim: number }
  readonly clip?: ClipVisionConfig
}

const UMT5_XXL: TextEncoderConfig = {
  vocabSize: 256384,
  dim: 4096,
  dimAttn: 4096,
  dimFfn: 10240,
  numHeads: 64,
  numLayers: 24,
  numBuckets: 32,
  maxDistance: 128,
}

const WAN_1_3B = {
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
  textEncoder: UMT5_XXL,
  vae: { dim: 96, zDim: 16, dimMult: [1, 2, 4, 4], numResBlocks: 2, temporalDownsample: [false, true, true] },
} as const satisfies ModelSizes

const TI2V_5B: ModelSizes = {
  dit: { ...WAN_1_3B.dit, dim: 3072, ffnDim: 14336, numHeads: 24, inDim: 48, outDim: 48 },
  textEncoder: UMT5_XXL,
  vae22: WAN22_VAE,
}

const FUN_INP_1_3B: ModelSizes = {
  ...WAN_1_3B,
  dit: { ...WAN_1_3B.dit, inDim: 36 },
  image: { imageDim: CLIP_VIT_H.dim },
  clip: CLIP_VIT_H,
}

/** Every second block has a side block. */
function sideLayers(numLayers: number): number[] {
  return Array.from({ length: numLayers / 2 }, (_, n) => 2 * n)
}

const VACE_1_3B: ModelSizes = {
  ...WAN_1_3B,
  dit: { ...WAN_1_3B.dit, vace: { layers: sideLayers(WAN_1_3B.dit.numLayers), inDim: 96 } },
}

/** By the names of the catalogue. */
export const MODELS = {
  'wan2.1-t2v-1.3b': WAN_1_3B,
  'wan2.2-ti2v-5b': TI2V_5B,
  'fun-inp-1.3b': FUN_INP_1_3B,
  'vace-1.3b': VACE_1_3B,
} as const satisfies Record<string, ModelSizes>

export type ModelName = keyof typeof MODELS

/** Elements that share a K-quant's block: rows of a matrix must be whole blocks. */
const K_BLOCK = 256
const VAE_UNIT = 8

/**
 * Divides widths, layers and the vocabulary by `scale`: widths rounded up to a multiple of 256 (of the VAE: 8), the
 * rest to a whole number. The width of a head stays, and so do the VAE's levels and latent channels, and all of CLIP,
 * which is recognised by its size.
 */
export function scaledSizes(sizes: ModelSizes, scale: number): ModelSizes {
  const { dit, textEncoder, vae, vae22 } = sizes
  const shrink = (size: number, unit: number): number => Math.ceil(size / scale / unit) * unit
  const ditDim = shrink(dit.dim, K_BLOCK)
  const textDim = shrink(textEncoder.dim, K_BLOCK)
  const dimAttn = shrink(textEncoder.dimAttn, K_BLOCK)
  const numLayers = shrink(dit.numLayers, dit.vace ? 2 : 1)
  return {
    ...sizes,
    dit: {
      ...dit,
      dim: ditDim,
      ffnDim: shrink(dit.ffnDim, K_BLOCK),
      numHeads: (ditDim * dit.numHeads) / dit.dim,
      numLayers,
      textDim,
      ...(dit.vace && { vace: { ...dit.vace, layers: sideLayers(numLayers) } }),
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
    ...(vae && { vae: { ...vae, dim: shrink(vae.dim, VAE_UNIT) } }),
    ...(vae22 && {
      vae22: {
        ...vae22,
        dim: shrink(vae22.dim, VAE_UNIT),
        decoderDim: shrink(vae22.decoderDim, VAE_UNIT),
      },
    }),
  }
}
