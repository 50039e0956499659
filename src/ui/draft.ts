// What was typed and set, kept across reloads. Settings are kept by model: another model has other defaults.
import { SETTING_NAMES } from '../protocol/settings'
import type { FormValues } from './form'
import { readContinuation, type Continuation } from './studio/continuation'
import { isObject, keep, readKept, type PageStorage } from './kept'

export interface Draft {
  prompt: string
  seed: string
  isSeedRandom: boolean
  /** What differs from the defaults of a model, by its id. */
  changes: Readonly<Record<string, Partial<FormValues>>>
  /** The clip that the next one goes on from. */
  continuation?: Continuation | undefined
  /** Whether that keeps the colours of the first clip of the row. */
  holdsColours?: boolean
  /** Ids of the pictures that are chosen. Written at once, where the pictures themselves take a moment. */
  pictures: readonly string[]
}

const KEY = 'zoetrope.draft'
const EMPTY: Draft = { prompt: '', seed: '', isSeedRandom: true, changes: {}, pictures: [] }
const MOST_MODELS = 20
const NAMES = SETTING_NAMES.filter((name) => name !== 'prompt' && name !== 'seed')

function changesIn(value: unknown): Partial<FormValues> {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    NAMES.flatMap((name) => (typeof value[name] === 'string' ? [[name, value[name]]] : [])),
  )
}

export function readDraft(storage: PageStorage | undefined): Draft {
  const kept = readKept(storage, KEY)
  if (!isObject(kept)) return EMPTY
  const { prompt, seed, isSeedRandom, changes, pictures, holdsColours } = kept
  const continuation = readContinuation(kept['continuation'])
  return {
    prompt: typeof prompt === 'string' ? prompt : '',
    seed: typeof seed === 'string' ? seed : '',
    isSeedRandom: isSeedRandom !== false,
    changes: isObject(changes)
      ? Object.fromEntries(
          Object.entries(changes)
            .slice(-MOST_MODELS)
            .map(([model, given]) => [model, changesIn(given)]),
        )
      : {},
    pictures: Array.isArray(pictures) ? pictures.filter((id) => typeof id === 'string') : [],
    ...(continuation && { continuation }),
    ...(holdsColours === true && { holdsColours }),
  }
}

export function keepDraft(storage: PageStorage | undefined, draft: Draft): void {
  keep(storage, KEY, draft)
}
