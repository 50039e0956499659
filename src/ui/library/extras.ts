// Models for which the files are wanted that they do without, kept between visits.
import type { Drawer } from './choice'

const EXTRAS = 'zoetrope.extras'

export function readExtras(drawer: Drawer | undefined): ReadonlySet<string> {
  try {
    const json: unknown = JSON.parse(drawer?.getItem(EXTRAS) ?? '')
    return new Set(Array.isArray(json) ? json.filter((each) => typeof each === 'string') : [])
  } catch {
    return new Set()
  }
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
  try {
    drawer?.setItem(EXTRAS, JSON.stringify([...extras]))
  } catch {
    // then it is asked for again
  }
  return extras
}
