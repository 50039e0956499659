// What the person chose last, kept between visits.
import { readChoices } from '../../protocol/engine-choices'
import { ACTIVATION_CHOICES, WEIGHT_CHOICES, type EngineChoices } from '../../protocol/model-source'
import { isObject, keep, readKept, type PageStorage } from '../kept'

/** `stored`: downloaded, by its id in the catalogue. `disk`: a remembered set of files, by its key. */
export type ChosenModel =
  { kind: 'bundled' } | { kind: 'stored'; model: string } | { kind: 'disk'; key: string }

export interface Choice extends EngineChoices {
  model: ChosenModel
}

const KEY = 'zoetrope.choice'
export const FIRST_CHOICE: Choice = { model: { kind: 'bundled' } }

function chosenModel(value: unknown): ChosenModel {
  if (!isObject(value)) return FIRST_CHOICE.model
  if (value['kind'] === 'stored' && typeof value['model'] === 'string')
    return { kind: 'stored', model: value['model'] }
  if (value['kind'] === 'disk' && typeof value['key'] === 'string') return { kind: 'disk', key: value['key'] }
  return FIRST_CHOICE.model
}

/** What was written by an older version, or by hand, is passed over in silence: a choice is made again in a second. */
export function readChoice(storage: PageStorage | undefined): Choice {
  const kept = readKept(storage, KEY)
  if (!isObject(kept)) return FIRST_CHOICE
  const { model, weightFormat, memoryBytes, activations } = kept
  try {
    const choices = readChoices({
      weights: WEIGHT_CHOICES.find((each) => each === weightFormat),
      memory: typeof memoryBytes === 'number' ? String(memoryBytes) : undefined,
      activations: ACTIVATION_CHOICES.find((each) => each === activations),
    })
    return { model: chosenModel(model), ...choices }
  } catch {
    return FIRST_CHOICE
  }
}

/** Where it cannot be kept, it holds for this visit alone. */
export function keepChoice(storage: PageStorage | undefined, choice: Choice): void {
  keep(storage, KEY, choice)
}

const ADDRESSES = 'zoetrope.addresses'

function addresses(storage: PageStorage | undefined): Readonly<Record<string, unknown>> {
  const kept = readKept(storage, ADDRESSES)
  return isObject(kept) ? kept : {}
}

/**
 * Where a model's files are fetched from, if not from the catalogue's address: a download that goes on must go on
 * there.
 */
export function readAddress(storage: PageStorage | undefined, model: string): string | undefined {
  const found = addresses(storage)[model]
  return typeof found === 'string' ? found : undefined
}

/** Where it cannot be kept, it is asked for again. */
export function keepAddress(storage: PageStorage | undefined, model: string, base: string | undefined): void {
  keep(storage, ADDRESSES, { ...addresses(storage), [model]: base })
}
