import { keepComparison } from './difference'

/** ‖a − b‖ / ‖b‖ over all elements. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`${actual.length} elements against ${expected.length}.`)
  let difference = 0
  let norm = 0
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2
    norm += expected[i]! ** 2
  }
  const error = Math.sqrt(difference / (norm || 1))
  keepComparison('result', error, actual, expected)
  return error
}

/**
 * Relative error that one kernel may have: f32 rounding grows with the sum's length; f16 stores 11 bits of its
 * result.
 */
export const KERNEL_TOLERANCE = { f32: 2e-6, f16: 1e-3 } as const

/**
 * The same for a variant of a kernel: products in f16 are added a few dozen at a time, with 11 bits each, by tiles
 * and where matrix units do not fit.
 */
export function kernelTolerance(storage: keyof typeof KERNEL_TOLERANCE, variant: string): number {
  return variant.endsWith('_f16') || variant.startsWith('subgroup_matrix') ? 2e-3 : KERNEL_TOLERANCE[storage]
}
