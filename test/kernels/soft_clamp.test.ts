import { describe, expect, it } from 'vitest'
import { softClamp } from '../../src/gpu/kernels/soft_clamp'
import { softClamp as reference } from '../reference/soft_clamp'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('soft_clamp on $name', (gpuCase) => {
  it.each([
    { shape: [1], limit: 3 },
    { shape: [3, 5, 7], limit: 3 },
    { shape: [8, 8, 16], limit: 0.5 },
  ])('$shape to $limit', async ({ shape, limit }) => {
    const { ops } = await testGpu(gpuCase)
    const count = shape.reduce((product, size) => product * size)
    const x = uploadStorage(
      ops,
      randomFloats(count, 1).map((value) => 4 * value),
      shape,
      'x',
    )
    const y = softClamp(ops, x.tensor, limit, 'y')
    expect(relativeError(await ops.read(y), reference(x.values, limit))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    ops.release(x.tensor, y)
  })

  it('keeps far values within the limit', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = uploadStorage(ops, Float32Array.of(0, -60000, 60000, 300), [4], 'x')
    const y = softClamp(ops, x.tensor, 3, 'y')
    expect([...(await ops.read(y))]).toEqual([0, -3, 3, 3])
    ops.release(x.tensor, y)
  })
})
