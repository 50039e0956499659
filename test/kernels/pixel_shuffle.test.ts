import { describe, expect, it } from 'vitest'
import { pixelShuffle } from '../../src/gpu/kernels/pixel_shuffle'
import { areaMean, pixelShuffle as reference } from '../reference/pixel_shuffle'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('pixel_shuffle on $name', (gpuCase) => {
  it.each([
    { H: 1, W: 1, C: 1, factor: 2, adds: false, pool: 1 },
    { H: 3, W: 5, C: 3, factor: 2, adds: false, pool: 1 },
    { H: 4, W: 6, C: 3, factor: 4, adds: true, pool: 1 },
    { H: 5, W: 3, C: 8, factor: 3, adds: true, pool: 1 },
    { H: 2, W: 7, C: 5, factor: 1, adds: false, pool: 1 },
    { H: 4, W: 6, C: 3, factor: 4, adds: true, pool: 2 },
    { H: 3, W: 2, C: 4, factor: 6, adds: false, pool: 3 },
  ])(
    '$H×$W of $C channels by $factor, base $adds, means of $pool×$pool',
    async ({ H, W, C, factor, adds, pool }) => {
      const { ops } = await testGpu(gpuCase)
      const x = uploadStorage(ops, randomFloats(H * W * C * factor ** 2, 1), [H, W, C * factor ** 2], 'x')
      const base = adds ? uploadStorage(ops, randomFloats(H * W * C, 2), [H, W, C], 'base') : undefined
      const y = pixelShuffle(ops, x.tensor, factor, 'y', { ...(base && { base: base.tensor }), pool })
      expect(y.shape).toEqual([(H * factor) / pool, (W * factor) / pool, C])
      const expected = areaMean(
        reference(x.values, [H, W, C], factor, base?.values),
        [H * factor, W * factor, C],
        pool,
      )
      expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
      ops.release(x.tensor, ...(base ? [base.tensor] : []), y)
    },
  )

  it('goes through a frame larger than a binding in bands', async () => {
    const { ops } = await testGpu(gpuCase)
    const [H, W, C] = [16, 32, 3] as const
    const x = uploadStorage(ops, randomFloats(H * W * C * 4, 1), [H, W, C * 4], 'x')
    const base = uploadStorage(ops, randomFloats(H * W * C, 2), [H, W, C], 'base')
    const narrow = { ...ops, maxBindingBytes: x.tensor.byteLength / 2 }
    const y = pixelShuffle(narrow, x.tensor, 2, 'y', { base: base.tensor })
    const expected = reference(x.values, [H, W, C], 2, base.values)
    expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(x.tensor, base.tensor, y)
  })

  it('refuses channels that do not make whole pixels', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.create([2, 2, 6], ops.storage, 'x')
    expect(() => pixelShuffle(ops, x, 2, 'y')).toThrow('x has 6 channels; they cannot become 2×2')
    ops.release(x)
  })
})
