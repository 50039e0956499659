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
}
