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
    x_frames: 'u32',
    skipped: 'u32',
    y_frames: 'u32',
    pixels: 'u32',
    first_channel: 'u32',
    first_frame: 'u32',
  },
})

export interface Placement {
  /** Of y, where what is copied begins. */
  readonly channel?: number
  readonly frame?: number
  /** Frames of x that are left out at its start. */
  readonly skipped?: number
}

/** Copies `x` [C, T, H, W] f32, or its last frames, into the latents `y`, from a channel and a frame of theirs on. */
export function placeLatents(
  ops: Ops,
  x: Tensor,
  y: Tensor,
  { channel = 0, frame = 0, skipped = 0 }: Placement = {},
): void {
  const [C, all, H, W] = x.shape as [number, number, number, number]
  const T = all - skipped
  const [channels, frames] = y.shape as [number, number]
  expectShape(x, [C, all, H, W])
  expectShape(y, [channels, frames, H, W])
  if (channel + C > channels || T < 1 || frame + T > frames)
    throw new RangeError(
      `${x.label} [${x.shape.join(', ')}] does not fit into ${y.label} [${y.shape.join(', ')}] at channel ${channel} and frame ${frame}.`,
    )
  const count = elementCount([C, T, H, W])
  ops.run(kernel, {
    tensors: { x, y },
    params: {
      count,
      frames: T,
      x_frames: all,
      skipped,
      y_frames: frames,
      pixels: H * W,
      first_channel: channel,
      first_frame: frame,
    },
    ...elementGrid(count),
    flops: 4 * count,
  })
}

/** The latents without their first frames: a new tensor. */
export function withoutFirstFrames(ops: Ops, x: Tensor, skipped: number): Tensor {
  const [C, all, H, W] = x.shape as [number, number, number, number]
  const y = ops.create([C, all - skipped, H, W], 'f32', x.label)
  placeLatents(ops, x, y, { skipped })
  return y
}
