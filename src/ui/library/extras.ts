// Models for which the files are wanted that they do without, kept between visits.
import { keep, readKept, type PageStorage } from '../kept'

const EXTRAS = 'zoetrope.extras'

export function readExtras(storage: PageStorage | undefined): ReadonlySet<string> {
  const kept = readKept(storage, EXTRAS)
  return new Set(Array.isArray(kept) ? kept.filter((each) => typeof each === 'string') : [])
}

/** The wishes with one more or less, which are kept. */
export function requestExtras(
  storage: PageStorage | undefined,
  before: ReadonlySet<string>,
  model: string,
  isWanted: boolean,
): ReadonlySet<string> {
  const extras = new Set([...before].filter((each) => each !== model))
  if (isWanted) extras.add(model)
  keep(storage, EXTRAS, [...extras])
  return extras
}
