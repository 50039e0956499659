import type { GenerationInput } from '../../protocol/engine'
import type { LoraRecord } from '../../protocol/lora'

/** A clip that is asked for. Its LoRAs are named, and their files found when it is made: a queue can be written down. */
export type StudioInput = Omit<GenerationInput, 'loras'> & { readonly loras?: readonly LoraRecord[] }
