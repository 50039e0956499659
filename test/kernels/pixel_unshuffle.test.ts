import { describe, expect, it } from 'vitest'
import { pixelUnshuffle } from '../../src/gpu/kernels/pixel_unshuffle'
import { pixelShuffle } from '../reference/pixel_shuffle'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('pixel_unshuffle on $name', (gpuCase) => {
  it.each([
    { H: 1, W: 1, C: 1, factor: 2 },
    { H: 3, W: 5, C: 3, factor: 2 },
    { H: 4, W: 6, C: 3, factor: 1 },
    { H: 2, W: 3, C: 5, factor: 3 },
  ])('undoes the shuffle into $H×$W of $C channels by $factor', async ({ H, W, C, factor }) => {
    const { ops } = await testGpu(gpuCase)
    const wide = uploadStorage(ops, randomFloats(H * W * C * factor ** 2, 1), [H, W, C * factor ** 2], 'wide')
    const large = Float32Array.from(pixelShuffle(wide.values, [H, W, C], factor))
    const x = uploadStorage(ops, large, [H * factor, W * factor, C], 'x')
    const y = pixelUnshuffle(ops, x.tensor, factor, { scale: 0.5, offset: 0.25 }, 'y')
    expect(y.shape).toEqual([H, W, C * factor ** 2])
    const expected = wide.values.map((value) => 0.5 * value + 0.25)
    expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(wide.tensor, x.tensor, y)
  })

  it('refuses sides that the factor does not divide', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.create([4, 5, 3], ops.storage, 'x')
    expect(() => pixelUnshuffle(ops, x, 2, { scale: 1, offset: 0 }, 'y')).toThrow(
      'x is 5×4; both must be multiples of 2.',
    )
    ops.release(x)
  })
})
