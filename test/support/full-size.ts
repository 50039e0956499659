// Wan 2.1 T2V 1.3B and umT5-xxl by names and shapes alone.
import { ditShapes, taehvShapes, umt5Shapes, vaeShapes } from '../../src/cli/synthesize/shapes'
import { vae22Shapes } from '../../src/cli/synthesize/vae22-shapes'
import type { Clip } from '../../src/engine/clip'
import { SAMPLER_FACTORIES } from '../../src/sampling/samplers'
import { withCompanion } from '../../src/engine/model/companions'
import { withFilms, type LiveFacts } from '../../src/engine/model/live-facts'
import type { ModelFiles } from '../../src/engine/model/opened'
import type { TaehvConfig } from '../../src/models/taehv/config'
import { wan21Networks } from '../../src/models/wan21'
import { ti2vNetworks } from '../../src/models/wan22-ti2v'
import { WAN22_VAE } from '../../src/models/wan22-vae/config'
import { WAN_VAE } from '../../src/models/wan-vae/config'
import type { GenerationSettings } from '../../src/protocol/settings'
import { formulaFile } from '../../src/cli/synthesize/formula'
import type { DitConfig } from '../../src/models/wan-dit/config'
import type { TextEncoderConfig } from '../../src/models/umt5/config'
import type { ModelManifest } from '../../src/engine/model/manifest'
import { tensorBytes, type TensorDType, type WeightFile } from '../../src/weights/weight-file'

export const WAN_DIT: DitConfig = {
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
}

export const UMT5_XXL: TextEncoderConfig = {
  vocabSize: 256384,
  dim: 4096,
  dimAttn: 4096,
  dimFfn: 10240,
  numHeads: 64,
  numLayers: 24,
  numBuckets: 32,
  maxDistance: 128,
}

const MANIFEST: ModelManifest = {
  format: 1,
  family: 'wan2.1',
  id: 'wan',
  name: 'Wan',
  version: '1',
  licence: 'Apache-2.0',
  files: [],
  defaults: {
    width: 832,
    height: 480,
    numFrames: 81,
    fps: 16,
    numInferenceSteps: 50,
    guidanceScale: 5,
    shift: 3,
    sampler: 'unipc',
  },
  sizes: [[832, 480]],
  latentPreview: { factors: [], bias: [0, 0, 0] },
}

export function fullSizeModel(): ModelFiles {
  return {
    manifest: MANIFEST,
    tokenizer: { encode: () => ({ ids: [1], truncated: false }) },
    networks: wan21Networks({ textEncoder: UMT5_XXL, dit: WAN_DIT, vae: WAN_VAE }),
    weights: {
      textEncoder: formulaFile('umt5', umt5Shapes(UMT5_XXL), ''),
      dit: formulaFile('dit', ditShapes(WAN_DIT), ''),
      vae: formulaFile('vae', vaeShapes(WAN_VAE), ''),
    },
  }
}

/** The tiny decoder of Wan 2.1's latents. */
const TAEW2_1: TaehvConfig = {
  variant: 'base',
  latentChannels: 16,
  patch: 1,
  channels: [256, 128, 64, 64],
  timeUpscale: [1, 2, 2],
}

/** The tiny decoder of Wan 2.2's. */
const TAEW2_2: TaehvConfig = { ...TAEW2_1, latentChannels: 48, patch: 2 }

/** A causal Wan 1.3B with a tiny decoder, by names and shapes alone unless its transformer is given. */
export function causal1B(facts: LiveFacts, dit?: WeightFile): ModelFiles {
  const model = fullSizeModel()
  const weights = { ...model.weights, ...(dit && { dit }) }
  const films = { networks: withFilms(model.networks, facts), weights }
  const tiny = formulaFile('taehv', taehvShapes(TAEW2_1), 'live/')
  return { ...model, ...withCompanion(films, 'tinyDecoder', tiny, 'taew2_1.safetensors') }
}

export const TI2V_5B_DIT: DitConfig = {
  ...WAN_DIT,
  dim: 3072,
  ffnDim: 14336,
  numHeads: 24,
  inDim: 48,
  outDim: 48,
}

/** Wan 2.2 TI2V 5B by names and shapes alone. */
export function ti2v5B(): ModelFiles {
  const { manifest, tokenizer, weights } = fullSizeModel()
  return {
    manifest,
    tokenizer,
    networks: ti2vNetworks({ textEncoder: UMT5_XXL, dit: TI2V_5B_DIT, vae: WAN22_VAE }),
    weights: {
      ...weights,
      dit: formulaFile('dit', ditShapes(TI2V_5B_DIT), ''),
      vae: formulaFile('vae', vae22Shapes(WAN22_VAE), ''),
    },
  }
}

/** The same with its tiny decoder. */
export function ti2v5BWithTinyDecoder(): ModelFiles {
  const model = ti2v5B()
  const tiny = formulaFile('taehv', taehvShapes(TAEW2_2), '')
  return { ...model, ...withCompanion(model, 'tinyDecoder', tiny, 'taew2_2.safetensors') }
}

/** The directory of a file whose large matrices have another type. */
function retyped(file: WeightFile, dtype: TensorDType): WeightFile {
  const tensors = [...file.tensors].map(([name, entry]) => {
    const isMatrix = entry.shape.length === 2 && entry.shape[1]! % 256 === 0 && /blocks/.test(name)
    return [
      name,
      isMatrix ? { ...entry, dtype, byteLength: tensorBytes(dtype, entry.shape) } : entry,
    ] as const
  })
  return { ...file, tensors: new Map(tensors) }
}

export function withMatricesOf(dtype: TensorDType): ModelFiles {
  const model = fullSizeModel()
  const { textEncoder, dit } = model.weights
  return {
    ...model,
    weights: {
      ...model.weights,
      dit: retyped(dit!, dtype),
      textEncoder: retyped(textEncoder!, dtype),
    },
  }
}

/** A clip whose prompts have so many tokens. */
export function clipOf(settings: GenerationSettings, tokens: readonly number[]): Clip {
  const prompts = tokens.map((n) => Array.from({ length: n }, () => 1))
  return { settings, prompts, samplers: SAMPLER_FACTORIES }
}

export function settingsOf(
  size: Pick<GenerationSettings, 'width' | 'height' | 'numFrames'>,
): GenerationSettings {
  return {
    prompt: '',
    negativePrompt: '',
    seed: 1,
    numInferenceSteps: 4,
    guidanceScale: 5,
    shift: 5,
    sampler: 'unipc',
    cache: 'off',
    decoder: 'full',
    upscale: 1,
    ...size,
  }
}
