import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, elementCount, expectShape, type Tensor } from '../tensor'

export const kernel = defineKernel({
  stem: 'channel_rms_norm',
  bindings: ['x', 'gamma', 'y'],
  params: { pixels: 'u32', channels: 'u32', silu: 'u32', eps: 'f32' },
})

const EPS = 1e-12
const INVOCATIONS = 64

/** Each pixel of the frame x [H, W, C] divided by its norm over channels, times √C·gamma [C], then SiLU if asked. */
export function channelRmsNorm(
  ops: Ops,
  x: Tensor,
  gamma: Tensor,
  { silu }: { readonly silu: boolean },
  label: string,
): Tensor {
  const C = dim(x, -1)
  expectShape(gamma, [C])
  const lanes = C <= 64 ? 1 : 16 // One invocation needs no barrier; several read neighbouring addresses.
  const y = ops.create(x.shape, ops.storage, label)
  for (const band of bands(ops.maxBindingBytes, x, y)) {
    const part = bandOf(x, band)
    const pixels = elementCount(part.shape) / C
    ops.run(kernel, {
      tensors: { x: part, gamma, y: bandOf(y, band) },
      params: { pixels, channels: C, silu: silu ? 1 : 0, eps: EPS },
      grid: [Math.ceil((pixels * lanes) / INVOCATIONS), 1, 1],
      flops: (silu ? 12 : 4) * pixels * C,
      given: { LANES: lanes, INVOCATIONS },
    })
  }
  return y
}
