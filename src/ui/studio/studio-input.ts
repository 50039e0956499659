import type { GenerationInput } from '../../protocol/engine'
import type { LoraRecord } from '../../protocol/lora'

/**
 * A clip that is asked for. Its LoRAs, and the clip that it continues, are named, and found when it is made: a queue
 * can be written down.
 */
export type StudioInput = Omit<GenerationInput, 'loras' | 'continueFrom'> & {
  readonly loras?: readonly LoraRecord[]
  /** Id in the gallery of the clip that it continues. */
  readonly continues?: string
}
