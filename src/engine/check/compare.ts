import type { Storage } from '../../gpu/device'
import type { CheckLine } from '../../protocol/check'

/**
 * Largest relative errors. f32 rounding grows with the sum's length, and drivers fuse or reorder sums; f16 stores 11
 * bits of a result, and variants that add products in f16 lose as much again.
 */
const ALLOWED = {
  kernel: { f32: 3e-5, f16: 4e-3 },
  network: { f32: 3e-4, f16: 1e-2 },
} as const satisfies Readonly<Record<string, Readonly<Record<Storage, number>>>>

/** ‖actual − expected‖ / ‖expected‖; NaN where something is not a number. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`The result has ${actual.length} numbers and the reference ${expected.length}.`)
  let difference = 0
  let size = 0
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2
    size += expected[i]! ** 2
  }
  return Math.sqrt(difference / (size || 1))
}

export function judged(
  name: string,
  relError: number,
  kind: keyof typeof ALLOWED,
  storage: Storage,
): CheckLine {
  const allowed = ALLOWED[kind][storage]
  return { name, relError, allowed, isRight: relError <= allowed }
}

/** Bytes are right where each is the nearest one to the reference, or the next where that lies between two. */
export function judgedBytes(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  storage: Storage,
): CheckLine {
  const farthest = Array.from(expected, (value, i) => Math.abs(actual[i]! - value)).reduce(
    (most, distance) => (distance <= most ? most : distance), // a NaN stays
    0,
  )
  return { ...judged(name, relativeError(actual, expected), 'network', storage), isRight: farthest <= 0.51 }
}
