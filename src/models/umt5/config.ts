import { layersOf } from '../../weights/names'
import type { CheckedJson } from '../../weights/sources/checked-json'
import { shapeOf, type WeightFile } from '../../weights/weight-file'

/** The numbers of a umT5 encoder. */
export interface TextEncoderConfig {
  readonly vocabSize: number
  readonly dim: number
  /** Of all heads together. */
  readonly dimAttn: number
  readonly dimFfn: number
  readonly numHeads: number
  readonly numLayers: number
  readonly numBuckets: number
  readonly maxDistance: number
}

/** Wan's own, which no shape gives. */
const MAX_DISTANCE = 128

/** Reads the numbers of a manifest. @throws WeightsError */
export function parseTextEncoderConfig(at: CheckedJson): TextEncoderConfig {
  const config = {
    vocabSize: at.get('vocabSize').integer(1, 2 ** 24),
    ...at.dims(['dim', 'dimAttn', 'dimFfn', 'numHeads', 'numLayers', 'numBuckets', 'maxDistance']),
  }
  at.get('dimAttn').multipleOf(config.numHeads, 'the number of heads')
  at.get('numBuckets').multipleOf(4, 'for two signs, near and far')
  return config
}

/** The numbers that the shapes of the tensors give, under Wan's names. @throws WeightsError */
export function textEncoderConfigOf(file: WeightFile): TextEncoderConfig {
  const [vocabSize = 0, dim = 0] = shapeOf(file, 'token_embedding.weight', 2)
  const [numBuckets = 0, numHeads = 0] = shapeOf(file, 'blocks.0.pos_embedding.embedding.weight', 2)
  return {
    vocabSize,
    dim,
    dimAttn: shapeOf(file, 'blocks.0.attn.q.weight', 2)[0] ?? 0,
    dimFfn: shapeOf(file, 'blocks.0.ffn.fc1.weight', 2)[0] ?? 0,
    numHeads,
    numLayers: layersOf(file.tensors, 'blocks').length,
    numBuckets,
    maxDistance: MAX_DISTANCE,
  }
}
