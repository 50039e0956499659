// Models for which the files are wanted that they do without, kept between visits.
import { keep, readKept, type Drawer } from '../kept'

const EXTRAS = 'zoetrope.extras'

export function readExtras(drawer: Drawer | undefined): ReadonlySet<string> {
  const kept = readKept(drawer, EXTRAS)
  return new Set(Array.isArray(kept) ? kept.filter((each) => typeof each === 'string') : [])
}

/** The wishes with one more or less, which are kept. */
export function wishExtras(
  drawer: Drawer | undefined,
  before: ReadonlySet<string>,
  model: string,
  isWanted: boolean,
): ReadonlySet<string> {
  const extras = new Set([...before].filter((each) => each !== model))
  if (isWanted) extras.add(model)
  keep(drawer, EXTRAS, [...extras])
  return extras
}
