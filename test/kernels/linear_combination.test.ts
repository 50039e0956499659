import { describe, expect, it } from 'vitest'
import { linearCombination } from '../../src/gpu/kernels/linear_combination'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

const COEFFICIENTS = [0.5, -2, 3.25, 1, -0.125, 7]

describe.each(gpuCases())('linear_combination on $name', (gpuCase) => {
  it.each([
    { count: 1, terms: 1 },
    { count: 63, terms: 2 },
    { count: 64, terms: 3 },
    { count: 65, terms: 6 },
  ])('$terms terms of $count', async ({ count, terms }) => {
    const { ops } = await testGpu(gpuCase)
    const data = Array.from({ length: terms }, (_, i) => randomFloats(count, i))
    const tensors = data.map((values, i) => ops.upload(values, [count], 'f32', `x${i}`))
    const y = linearCombination(
      ops,
      tensors.map((tensor, i) => ({ tensor, coefficient: COEFFICIENTS[i]! })),
      'y',
    )
    const expected = Float64Array.from({ length: count }, (_, at) =>
      data.reduce((sum, values, i) => sum + COEFFICIENTS[i]! * values[at]!, 0),
    )
    expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE.f32)
    ops.release(y, ...tensors)
  })

  it('refuses none and seven', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.upload(randomFloats(1, 1), [1], 'f32', 'x')
    expect(() => linearCombination(ops, [], 'y')).toThrow('y has 0 terms')
    expect(() =>
      linearCombination(
        ops,
        Array.from({ length: 7 }, () => ({ tensor: x, coefficient: 1 })),
        'y',
      ),
    ).toThrow('y has 7 terms')
    ops.release(x)
  })
})
