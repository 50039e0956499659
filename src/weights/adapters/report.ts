// What an adapter did, in sentences: never silent about what it did not.
import { showName } from '../weight-file'
import { strengthText, type LoraStrength } from '../../protocol/lora'
import type { Adapter } from './adapter'

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
