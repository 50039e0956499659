// What the models' networks look like, as far as it decides their time.
import type { ModelShape } from '../protocol/estimate'

/** Wan 2.1 T2V 1.3B with its own decoder. */
export const WAN_SHAPE: ModelShape = {
  dim: 1536,
  ffnDim: 8960,
  layers: 30,
  textTokens: 512,
  pixelsPerToken: 16,
  framesPerToken: 4,
  decoderOperations: 8.5e6,
  textEncoderBytes: 6e9,
}

/** VACE's side blocks: one for every second block of the 1.3B, and for every fifth of the 14B. */
const VACE_SHAPE: ModelShape = { ...WAN_SHAPE, sideLayers: 15 }
const VACE_14B_SHAPE: ModelShape = { ...WAN_SHAPE, dim: 5120, ffnDim: 13_824, layers: 40, sideLayers: 8 }

export const MINI_SHAPE: ModelShape = {
  dim: 256,
  ffnDim: 768,
  layers: 6,
  textTokens: 64,
  pixelsPerToken: 16,
  framesPerToken: 4,
  decoderOperations: 0.24e6,
  tinyShare: 1 / 8,
  upscalerOperations: 0.15e6,
  textEncoderBytes: 2e6,
}

export const SHAPES: Readonly<Record<string, ModelShape>> = {
  mini: MINI_SHAPE,
  'zoetrope-mini-2': MINI_SHAPE,
  'wan2.1-t2v-1.3b': WAN_SHAPE,
  'wan2.1-t2v-1.3b-gguf': WAN_SHAPE,
  'wan2.1-t2v-1.3b-small': WAN_SHAPE,
  'fastwan2.1-t2v-1.3b': WAN_SHAPE,
  'rcm-wan2.1-t2v-1.3b': WAN_SHAPE,
  'vace-1.3b': VACE_SHAPE,
  'vace-14b': VACE_14B_SHAPE,
}
