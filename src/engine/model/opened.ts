import type { Networks, Tokenizer, Weights } from '../../models/family'
import type { ModelManifest } from './manifest'

/** Everything of a model but its presence on the GPU. The weights stay where they are until they are asked for. */
export interface ModelFiles {
  readonly manifest: ModelManifest
  readonly networks: Networks
  readonly weights: Weights
  readonly tokenizer: Tokenizer
  /** When the text encoder's file was last changed, as far as is known: prompts encoded by another are not its. */
  readonly changedAt?: string
  /** Sentences about what was left out of the files. */
  readonly notes?: readonly string[]
}
