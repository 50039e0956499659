// What an adapter did, in sentences: never silent about what it did not.
import { showName } from '../weight-file'
import type { Merged, AppliedAdapter } from './merge'

/** Names shown, at most. */
const SHOWN = 4

export interface AdapterReport {
  readonly file: string
  readonly strength: number
  readonly applied: number
  readonly of: number
  /** Tensors of the file that change nothing in this model. */
  readonly leftOut: readonly string[]
}

export function adapterReport({ adapter, strength }: AppliedAdapter): AdapterReport {
  const { file, layers, unused } = adapter
  return { file: file.name, strength, applied: layers.applied, of: layers.of, leftOut: unused }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(showName).join(', ')
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown
}

/** A sentence for each adapter, and one about weights that lost precision. */
export function adapterNotes(applied: readonly AppliedAdapter[], { requantised }: Merged): string[] {
  const notes = applied.map((each) => {
    const { file, strength, applied: done, of, leftOut } = adapterReport(each)
    const left =
      leftOut.length > 0 ? ` Left out, as the model has no place for them: ${listed(leftOut)}.` : ''
    return `${file}: ${done} of ${of} layers applied, at strength ${strength}.${left}`
  })
  if (requantised.length === 0) return notes
  return [
    ...notes,
    `${requantised.length} of the model's tensors are quantised and changed by a LoRA: they are dequantised, changed and quantised again to 8 bits, which rounds them a second time. An f16 file of the model is more exact.`,
  ]
}
