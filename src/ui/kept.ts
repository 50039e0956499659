// JSON in the browser's drawer for this page. A browser may deny it, and what lies there may be of another version.

export type Drawer = Pick<Storage, 'getItem' | 'setItem'>

export function readKept(drawer: Drawer | undefined, key: string): unknown {
  try {
    return JSON.parse(drawer?.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

/** Whether it is kept. */
export function keep(drawer: Drawer | undefined, key: string, value: unknown): boolean {
  try {
    drawer?.setItem(key, JSON.stringify(value))
    return drawer !== undefined
  } catch {
    return false
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
