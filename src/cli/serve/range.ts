/** Part of a file, in bytes. */
export interface Part {
  start: number
  /** Inclusive. */
  end: number
}

/** The most digits of a position in any file. */
const POSITION = '\\d{0,15}'
const ONE_RANGE = new RegExp(`^bytes=(${POSITION})-(${POSITION})$`)

/**
 * Reads `bytes=a-b`, `bytes=a-` and `bytes=-n`. Units other than bytes mean the whole file, as without a header.
 * Several ranges, or malformed ones, count as unsatisfiable, because a client that wants a part must not get 10 GB.
 */
export function parseRange(header: string | undefined, size: number): Part | 'unsatisfiable' | undefined {
  if (header === undefined || !/^bytes\s*=/i.test(header)) return undefined
  const match = ONE_RANGE.exec(header)
  if (match === null) return 'unsatisfiable'
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return 'unsatisfiable'
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return start > end || start >= size ? 'unsatisfiable' : { start, end }
}
