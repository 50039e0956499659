import type { ModelManifest } from './manifest'
import type { WeightFile } from '../../weights/weight-file'
import type { Tokenizer } from '../../models/umt5/tokenizer'

/** Everything of a model but its presence on the GPU. The weights stay where they are until they are asked for. */
export interface ModelFiles {
  readonly manifest: ModelManifest
  readonly tokenizer: Tokenizer
  readonly textEncoder: WeightFile
  readonly dit: WeightFile
  readonly vae: WeightFile
  /** When the text encoder's file was last changed, as far as is known: prompts encoded by another are not its. */
  readonly changedAt?: string
  /** Sentences about what was left out of the files. */
  readonly notes?: readonly string[]
}
