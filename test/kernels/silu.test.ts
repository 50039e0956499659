import { describe, expect, it } from 'vitest'
import { silu } from '../../src/gpu/kernels/silu'
import { silu as reference } from '../reference/linear'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

describe.each(gpuCases())('silu on $name', (gpuCase) => {
  it.each([1, 63, 64, 65, 1000])('%i elements to ±50', async (count) => {
    const { ops } = await testGpu(gpuCase)
    const data = randomFloats(count, 1).map((value) => value * 50)
    const x = ops.upload(data, [count], 'f32', 'x')
    const y = silu(ops, x, 'y')
    expect(relativeError(await ops.read(y), Float64Array.from(data, reference))).toBeLessThan(
      KERNEL_TOLERANCE.f32,
    )
    ops.release(x, y)
  })
})
