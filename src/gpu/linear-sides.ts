// What LoRAs add to a product, beside the layer's own matrix.
import { addProduct, type Gate } from './kernels/linear_side'
import type { Activation } from './linear-tiling'
import type { LinearWeight, SidePath } from './matrix'
import type { Ops } from './ops'
import type { Tensor } from './tensor'

export interface SideInputs {
  readonly sides: readonly SidePath[]
  readonly gate?: Gate | undefined
  /** Of the whole sum; none by default. */
  readonly activation?: Activation
  /** x·wᵀ + bias in the storage type, of the thin half. */
  project(ops: Ops, x: Tensor, w: LinearWeight): Tensor
}

/** Adds the side paths of w to y [L, N], which holds the product of x [L, K], or the residual that it went into. */
export function addSides(
  ops: Ops,
  y: Tensor,
  x: Tensor,
  w: LinearWeight,
  { sides, gate, activation = 'none', project }: SideInputs,
): void {
  for (const [i, side] of sides.entries()) {
    const { factor } = side
    const options = { factor, gate, activation: i === sides.length - 1 ? activation : 'none' } as const
    switch (side.kind) {
      case 'thin': {
        const thin = project(ops, x, side.down)
        addProduct(ops, y, thin, side.up, options)
        ops.release(thin)
        break
      }
      case 'whole':
        addProduct(ops, y, x, side.matrix, options)
        break
      case 'own':
        addProduct(ops, y, x, w, { ...options, outputs: side.outputs })
    }
  }
}
