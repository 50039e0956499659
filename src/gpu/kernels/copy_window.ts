import { alignedBand, bandOf, cut, rowsPerBinding, type Band } from '../bands'
import { elementGrid } from '../grids'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'copy_window',
  bindings: ['x', 'y'],
  params: {
    count: 'u32',
    columns: 'u32',
    channels: 'u32',
    x_width: 'u32',
    x_top: 'u32',
    x_left: 'u32',
    y_width: 'u32',
    y_top: 'u32',
    y_left: 'u32',
  },
})

/** A rectangle of a frame, in pixels. */
export interface Rectangle {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

function expectInside(frame: Tensor, { top, left, height, width }: Rectangle): void {
  const [H, W] = [dim(frame, 0), dim(frame, 1)]
  if (top < 0 || left < 0 || top + height > H || left + width > W)
    throw new RangeError(
      `${frame.label} is ${W}×${H}; there is no window of ${width}×${height} at (${left}, ${top}).`,
    )
}

/** Copies the pixels of `window` in `x` [H, W, C] to where `y` [H', W', C] has `at`. */
export function copyWindow(
  ops: Ops,
  x: Tensor,
  window: Rectangle,
  y: Tensor,
  at: { readonly top: number; readonly left: number },
): void {
  const [C, width] = [dim(x, 2), dim(y, 1)]
  expectInside(x, window)
  expectInside(y, { ...window, ...at })
  expectShape(y, [dim(y, 0), width, C])
  const { maxBindingBytes } = ops
  const whole = Math.max(x.byteLength, y.byteLength) <= maxBindingBytes
  const size = whole
    ? window.height
    : Math.min(...[x, y].map((frame) => rowsPerBinding(frame, maxBindingBytes)))
  for (const { first, count: rows } of cut(window.height, size)) {
    const part = (frame: Tensor, top: number): Band =>
      whole ? { first: 0, count: dim(frame, 0) } : alignedBand(frame, { first: top + first, count: rows })
    const [source, goal] = [part(x, window.top), part(y, at.top)]
    const count = rows * window.width * C
    ops.run(kernel, {
      tensors: { x: bandOf(x, source), y: bandOf(y, goal) },
      params: {
        count,
        columns: window.width,
        channels: C,
        x_width: dim(x, 1),
        x_top: window.top + first - source.first,
        x_left: window.left,
        y_width: width,
        y_top: at.top + first - goal.first,
        y_left: at.left,
      },
      ...elementGrid(count),
      flops: 8 * count,
    })
  }
}

/** The pixels of `window` alone: [height, width, C]. */
export function cropFrame(ops: Ops, x: Tensor, window: Rectangle, label: string): Tensor {
  const y = ops.create([window.height, window.width, dim(x, 2)], ops.storage, label)
  copyWindow(ops, x, window, y, { top: 0, left: 0 })
  return y
}
