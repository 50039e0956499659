import { describe, expect, it } from 'vitest'
import { absoluteChange } from '../../src/gpu/kernels/absolute_change'
import { absoluteChange as reference } from '../reference/absolute_change'
import { KERNEL_TOLERANCE } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

describe.each(gpuCases())('absolute_change on $name', (gpuCase) => {
  it.each([1, 63, 64, 65, 127, 128, 129, 64 * 256, 64 * 256 + 1, 100_003])(
    'of %i elements',
    async (count) => {
      const { ops } = await testGpu(gpuCase)
      const [a, b] = [randomFloats(count, 1), randomFloats(count, 2).map((value) => 0.1 * value)]
      const tensors = [ops.upload(a, [count], 'f32', 'a'), ops.upload(b, [count], 'f32', 'b')] as const
      const [found, expected] = [await absoluteChange(ops, ...tensors), reference(a, b)]
      for (const part of ['change', 'size'] as const)
        expect(Math.abs(found[part] / expected[part] - 1), part).toBeLessThan(KERNEL_TOLERANCE.f32)
      ops.release(...tensors)
    },
  )

  it('is nothing between a tensor and itself', async () => {
    const { ops } = await testGpu(gpuCase)
    const a = ops.upload(randomFloats(1000, 1), [10, 100], 'f32', 'a')
    expect((await absoluteChange(ops, a, a)).change).toBe(0)
    ops.release(a)
  })

  it('refuses another shape', async () => {
    const { ops } = await testGpu(gpuCase)
    const tensors = [
      ops.upload(randomFloats(4, 1), [4], 'f32', 'a'),
      ops.upload(randomFloats(5, 1), [5], 'f32', 'b'),
    ] as const
    await expect(absoluteChange(ops, ...tensors)).rejects.toThrow('b has shape [5]; needed [4].')
    ops.release(...tensors)
  })
})
