// Detects numbers that overflowed at the step where it happens, not as a black clip at the end.
import { ZoetropeError } from '../protocol/errors'

/** The checked values, for the sentence. */
export interface Checked {
  /** "The latents after step 3 of 20". */
  readonly what: string
  /** The model's name. */
  readonly model: string
  /** Shape of the values, to locate the first bad one; axes are named by their letters, as in `CTHW`. */
  readonly shape?: readonly number[]
  readonly axes?: string
}

/** "C 3, T 0, H 12, W 7" */
function placeOf(index: number, shape: readonly number[], axes: string): string {
  let rest = index
  const places = shape.toReversed().map((size) => {
    const at = rest % size
    rest = Math.floor(rest / size)
    return at
  })
  return places
    .toReversed()
    .map((at, i) => `${axes[i] ?? '?'} ${at}`)
    .join(', ')
}

/**
 * Checks values that were read from the GPU. @throws ZoetropeError `not-finite` with the number of bad values and the
 * place of the first
 */
export function assertFinite(values: Float32Array, checked: Checked): void {
  const first = values.findIndex((value) => !Number.isFinite(value))
  if (first < 0) return
  const count = values.reduce((sum, value) => (Number.isFinite(value) ? sum : sum + 1), 0)
  const { shape, axes = '' } = checked
  const place = shape ? ` at ${placeOf(first, shape, axes)}` : ` at index ${first}`
  throw new ZoetropeError(
    'not-finite',
    `${checked.what} hold ${count} of ${values.length} values that are not finite, the first (${values[first]})${place}: the numbers of ${checked.model} overflowed on this GPU. Try again with other weights (--weights f16, or another file of the model); if that does not help, the file is damaged.`,
  )
}
