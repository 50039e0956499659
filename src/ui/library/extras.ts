// Models for which the files are wanted that they do without, kept between visits.
import { nameOf, type CatalogueFile } from '../../catalogue/catalogue'
import type { StoredModel } from '../../protocol/store'
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

/** Whether the file is complete in this browser. */
export function hasFile(stored: StoredModel | undefined, file: CatalogueFile): boolean {
  return stored?.files.includes(nameOf(file)) === true
}
