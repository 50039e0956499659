import type { Ops } from '../../src/gpu/ops'

/** The same ops with activations rounded to int8, in a tile: variants for CPUs and matrix units do without. */
export function inInt8<T extends Ops>(ops: T): T {
  return { ...ops, activations: 'int8', variants: { ...ops.variants, linear: '64' } }
}
