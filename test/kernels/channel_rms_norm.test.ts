import { describe, expect, it } from 'vitest'
import { channelRmsNorm } from '../../src/gpu/kernels/channel_rms_norm'
import { channelRmsNorm as reference } from '../reference/channel_rms_norm'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('channel_rms_norm on $name', (gpuCase) => {
  it.each([
    { H: 1, W: 1, C: 1, silu: false },
    { H: 3, W: 5, C: 4, silu: true },
    { H: 4, W: 4, C: 5, silu: false },
    { H: 1, W: 17, C: 15, silu: true },
    { H: 7, W: 9, C: 16, silu: true },
    { H: 2, W: 3, C: 17, silu: true },
    { H: 3, W: 1, C: 63, silu: true },
    { H: 1, W: 4, C: 64, silu: false },
    { H: 1, W: 5, C: 65, silu: true },
    { H: 3, W: 3, C: 384, silu: true },
  ])('$H×$W of $C channels, SiLU $silu', async ({ H, W, C, silu }) => {
    const { ops } = await testGpu(gpuCase)
    const x = uploadStorage(
      ops,
      randomFloats(H * W * C, 1).map((value) => 3 * value + 0.1),
      [H, W, C],
      'x',
    )
    const gammaValues = randomFloats(C, 2).map((value) => 1 + 0.2 * value)
    const gamma = ops.upload(gammaValues, [C], 'f32', 'gamma')
    const y = channelRmsNorm(ops, x.tensor, gamma, { silu }, 'y')
    expect(relativeError(await ops.read(y), reference(x.values, gammaValues, silu))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    ops.release(x.tensor, gamma, y)
  })

  it('gives zeros for a pixel of zeros', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = uploadStorage(ops, new Float32Array(12), [1, 3, 4], 'x')
    const gamma = ops.upload(new Float32Array(4).fill(1), [4], 'f32', 'gamma')
    const y = channelRmsNorm(ops, x.tensor, gamma, { silu: true }, 'y')
    expect(await ops.read(y)).toEqual(new Float32Array(12))
    ops.release(x.tensor, gamma, y)
  })
})
