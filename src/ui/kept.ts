// JSON in the browser's storage for this page. A browser may deny it, and what lies there may be of another version.

/** Begins the names of everything that is kept. */
export const OWN = 'zoetrope'
/** Written and removed at once: other tabs hear of it. */
export const ERASED = `${OWN}.erased`

export type PageStorage = Pick<Storage, 'getItem' | 'setItem'>

export function readKept(storage: PageStorage | undefined, key: string): unknown {
  try {
    return JSON.parse(storage?.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

/** Whether it is kept. */
export function keep(storage: PageStorage | undefined, key: string, value: unknown): boolean {
  try {
    storage?.setItem(key, JSON.stringify(value))
    return storage !== undefined
  } catch {
    return false
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
