// What the person chose last, kept between visits.
import { readChoices } from '../../protocol/engine-choices'
import { ACTIVATION_CHOICES, WEIGHT_CHOICES, type EngineChoices } from '../../protocol/model-source'

/** `stored`: downloaded, by its id in the catalogue. `disk`: a remembered set of files, by its key. */
export type ChosenModel =
  { kind: 'bundled' } | { kind: 'stored'; model: string } | { kind: 'disk'; key: string }

export interface Choice extends EngineChoices {
  model: ChosenModel
}

/** The part of `localStorage` that is used here; a browser may deny it. */
export type Drawer = Pick<Storage, 'getItem' | 'setItem'>

const KEY = 'zoetrope.choice'
export const FIRST_CHOICE: Choice = { model: { kind: 'bundled' } }

type Loose = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null
}

function chosenModel(value: unknown): ChosenModel {
  if (!isObject(value)) return FIRST_CHOICE.model
  if (value['kind'] === 'stored' && typeof value['model'] === 'string')
    return { kind: 'stored', model: value['model'] }
  if (value['kind'] === 'disk' && typeof value['key'] === 'string') return { kind: 'disk', key: value['key'] }
  return FIRST_CHOICE.model
}

/** What was written by an older version, or by hand, is passed over in silence: a choice is made again in a second. */
export function parseChoice(text: string | null): Choice {
  try {
    const json: unknown = JSON.parse(text ?? '')
    if (!isObject(json)) return FIRST_CHOICE
    const { weightFormat, memoryBytes } = json
    const weights = WEIGHT_CHOICES.find((each) => each === weightFormat)
    const activations = ACTIVATION_CHOICES.find((each) => each === json['activations'])
    const choices = readChoices({
      weights,
      memory: typeof memoryBytes === 'number' ? String(memoryBytes) : undefined,
      activations,
    })
    return { model: chosenModel(json['model']), ...choices }
  } catch {
    return FIRST_CHOICE
  }
}

export function readChoice(drawer: Drawer | undefined): Choice {
  try {
    return parseChoice(drawer?.getItem(KEY) ?? null)
  } catch {
    return FIRST_CHOICE // the browser denies its storage
  }
}

export function keepChoice(drawer: Drawer | undefined, choice: Choice): void {
  try {
    drawer?.setItem(KEY, JSON.stringify(choice))
  } catch {
    // then it holds for this visit alone
  }
}

const ADDRESSES = 'zoetrope.addresses'

function addresses(drawer: Drawer | undefined): Loose {
  try {
    const json: unknown = JSON.parse(drawer?.getItem(ADDRESSES) ?? '')
    return isObject(json) ? json : {}
  } catch {
    return {}
  }
}

/**
 * Where a model's files are fetched from, if not from the catalogue's address: a download that goes on must go on
 * there.
 */
export function readAddress(drawer: Drawer | undefined, model: string): string | undefined {
  const found = addresses(drawer)[model]
  return typeof found === 'string' ? found : undefined
}

export function keepAddress(drawer: Drawer | undefined, model: string, base: string | undefined): void {
  try {
    drawer?.setItem(ADDRESSES, JSON.stringify({ ...addresses(drawer), [model]: base }))
  } catch {
    // then it is asked for again
  }
}
