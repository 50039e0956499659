import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { expectShape, type Tensor } from '../tensor'
import { kernel as patchifyKernel, patchParams, type Size3 } from './patchify'

export const kernel = defineKernel({
  stem: 'unpatchify',
  bindings: ['tokens', 'velocity'],
  params: patchifyKernel.params,
})

/** tokens [L, pt·ph·pw·C] f32 (channel fastest) → velocity [C, T, H, W] f32 over a grid of patches. */
export function unpatchify(
  ops: Ops,
  tokens: Tensor,
  channels: number,
  patchSize: Size3,
  gridSize: Size3,
  label: string,
): Tensor {
  const params = patchParams(channels, patchSize, gridSize)
  const L = params.grid_t * params.grid_h * params.grid_w
  expectShape(tokens, [L, params.count / L])
  const velocity = ops.create(
    [channels, ...gridSize.map((size, axis) => size * patchSize[axis]!)],
    'f32',
    label,
  )
  ops.run(kernel, {
    tensors: { tokens, velocity },
    params,
    ...elementGrid(params.count),
    flops: 8 * params.count,
  })
  return velocity
}
