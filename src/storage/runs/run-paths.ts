export const RUNS = 'runs'

/** Files that a save takes turns in. */
export const SLOTS = [0, 1] as const

export const journalPath = (id: string): string => `${RUNS}/${id}.journal`
export const framesPath = (id: string): string => `${RUNS}/${id}.frames`
export const savePath = (id: string, name: string, slot: 0 | 1): string => `${RUNS}/${id}.${name}.${slot}`

/** The run that a file belongs to. */
export function ownerOf(name: string): string {
  return name.slice(0, name.indexOf('.'))
}
