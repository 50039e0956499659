// How calls are cut into workgroups where that is the same for several kernels: the shader's constants and the grid,
// from the same numbers.
import { fittingRow, NORMS } from './variant-table'
import type { Variants } from './variants'

/** Lanes of a workgroup in kernels that compute element by element. */
const INVOCATIONS = 64

/** One invocation an element. */
export function elementGrid(count: number) {
  return { given: { INVOCATIONS }, grid: [Math.ceil(count / INVOCATIONS), 1, 1] } as const
}

/** `ROWS` rows a workgroup, as the norms' variant shares them among lanes. */
export function rowGrid({ variants }: { readonly variants: Variants }, rows: number) {
  const { slots, sizes } = fittingRow(NORMS, variants.norms, undefined)
  return { slots, given: sizes, grid: [Math.ceil(rows / sizes.ROWS), 1, 1] } as const
}
