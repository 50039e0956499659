import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { elementCount, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'place_latents',
  bindings: ['x', 'y'],
  params: {
    count: 'u32',
    frames: 'u32',
    y_frames: 'u32',
    pixels: 'u32',
    first_channel: 'u32',
    first_frame: 'u32',
  },
})

/** Copies `x` [C, T, H, W] f32 into the larger latents `y`, from a channel and a frame of theirs on. */
export function placeLatents(
  ops: Ops,
  x: Tensor,
  y: Tensor,
  { channel = 0, frame = 0 }: { readonly channel?: number; readonly frame?: number } = {},
): void {
  const [C, T, H, W] = x.shape as [number, number, number, number]
  const [channels, frames] = y.shape as [number, number]
  expectShape(x, [C, T, H, W])
  expectShape(y, [channels, frames, H, W])
  if (channel + C > channels || frame + T > frames)
    throw new RangeError(
      `${x.label} [${x.shape.join(', ')}] does not fit into ${y.label} [${y.shape.join(', ')}] at channel ${channel} and frame ${frame}.`,
    )
  const count = elementCount(x.shape)
  ops.run(kernel, {
    tensors: { x, y },
    params: {
      count,
      frames: T,
      y_frames: frames,
      pixels: H * W,
      first_channel: channel,
      first_frame: frame,
    },
    ...elementGrid(count),
    flops: 4 * count,
  })
}
