import { bandOf, bands } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { elementCount, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({ stem: 'add', bindings: ['x', 'y'], params: { count: 'u32' } })

/** Adds `x` to `y`, of the storage type and of one shape. */
export function addTo(ops: Ops, y: Tensor, x: Tensor): void {
  expectShape(x, y.shape)
  for (const band of bands(ops.maxBindingBytes, x, y)) {
    const part = bandOf(x, band)
    const count = elementCount(part.shape)
    ops.run(kernel, {
      tensors: { x: part, y: bandOf(y, band) },
      params: { count },
      ...elementGrid(count),
      flops: 4 * count,
    })
  }
}
