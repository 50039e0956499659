// What an adapter did, in sentences: never silent about what it did not.
import { showName } from '../weight-file'
import { strengthText, type LoraStrength } from '../../protocol/lora'
import type { Adapter } from './adapter'
import type { Merged, AppliedAdapter } from './merge'

/** Names shown, at most. */
const SHOWN = 4

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(showName).join(', ')
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown
}

/** What an adapter did, and what it did not. */
export function adapterNote({ file, layers, unused }: Adapter, strength: LoraStrength): string {
  const left = unused.length > 0 ? ` Left out, as the model has no place for them: ${listed(unused)}.` : ''
  return `${file.name}: ${layers.applied} of ${layers.of} layers applied, at strength ${strengthText(strength)}.${left}`
}

/** A sentence for each adapter, and one about weights that lost precision. */
export function adapterNotes(applied: readonly AppliedAdapter[], { requantised }: Merged): string[] {
  const notes = applied.map(({ adapter, strength }) => adapterNote(adapter, strength))
  if (requantised.length === 0) return notes
  return [
    ...notes,
    `${requantised.length} of the model's tensors are quantised and changed by a LoRA: they are dequantised, changed and quantised again to 8 bits, which rounds them a second time. An f16 file of the model is more exact.`,
  ]
}
