import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'pixel_unshuffle',
  bindings: ['x', 'y'],
  params: { height: 'u32', width: 'u32', channels: 'u32', factor: 'u32', scale: 'f32', offset: 'f32' },
})

/** Undoes `pixelShuffle`: [factor H, factor W, C] → [H, W, factor² C], each number times `scale`, plus `offset`. */
export function pixelUnshuffle(
  ops: Ops,
  x: Tensor,
  factor: number,
  { scale, offset }: { readonly scale: number; readonly offset: number },
  label: string,
): Tensor {
  const [H, W, C] = [dim(x, 0) / factor, dim(x, 1) / factor, dim(x, 2)]
  expectShape(x, [H * factor, W * factor, C])
  if (!Number.isInteger(H) || !Number.isInteger(W))
    throw new RangeError(`${x.label} is ${dim(x, 1)}×${dim(x, 0)}; both must be multiples of ${factor}.`)
  const y = ops.create([H, W, factor ** 2 * C], ops.storage, label)
  const elements = H * W * factor ** 2 * C
  ops.run(kernel, {
    tensors: { x, y },
    params: { height: H, width: W, channels: C, factor, scale, offset },
    ...elementGrid(elements),
    flops: 2 * elements,
  })
  return y
}
