import type { Networks, Tokenizer, Weights } from '../../models/family'
import type { WeightFile } from '../../weights/weight-file'
import type { ModelManifest } from './manifest'

/** Everything of a model that is not on the GPU. The weights stay in their files until they are read. */
export interface ModelFiles {
  readonly manifest: ModelManifest
  readonly networks: Networks
  readonly weights: Weights
  /** Opens files that only some clips need, by role; they are not among the weights until then. */
  readonly later?: Readonly<Record<string, () => Promise<WeightFile>>>
  readonly tokenizer: Tokenizer
  /** When the text encoder's file was last modified, if known: prompts encoded by another version are not reused. */
  readonly changedAt?: string
  /** Sentences about tensors that were left out. */
  readonly notes?: readonly string[]
}
