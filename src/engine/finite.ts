// Detects numbers that overflowed at the step where it happens, not as a black clip at the end: in latents, and in
// frames.
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

/**
 * Checks the I420 bytes of a frame, in which pixels that are not finite are marked. @throws ZoetropeError `not-finite`
 * with their number and the place of the first
 * @param size of the clip, which an upscaler multiplies
 */
export function assertFiniteFrame(
  i420: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  { what, model }: Pick<Checked, 'what' | 'model'>,
): void {
  const luma = i420.subarray(0, (i420.length * 2) / 3)
  const row = width * Math.sqrt(luma.length / (width * height))
  const first = luma.indexOf(NOT_FINITE)
  if (first < 0) return
  const count = luma.reduce((sum, y) => (y === NOT_FINITE ? sum + 1 : sum), 0)
  throw new ZoetropeError(
    'not-finite',
    `${what} holds ${count} of ${luma.length} pixels that are not finite, the first at x ${first % row}, y ${Math.floor(first / row)}: the numbers of ${model} overflowed on this GPU. Try again with another file of the model; if that does not help, the file is damaged.`,
  )
}

/** Y of such a pixel; all others are from 16 to 235. */
const NOT_FINITE = 0
