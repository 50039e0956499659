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
