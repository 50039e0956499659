import { describe, expect, it } from 'vitest'
import { rmsNorm } from '../../src/gpu/kernels/rms_norm'
import { rmsNorm as reference } from '../reference/rms_norm'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu, withVariants } from '../support/gpu'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

const RUNS = gpuCases().flatMap((gpuCase) =>
  (['direct4', 'tile'] as const).map((variant) => ({ gpuCase, name: gpuCase.name, variant })),
)

describe.each(RUNS)('rms_norm in $variant on $name', ({ gpuCase, variant }) => {
  it.each([
    { L: 1, D: 1 },
    { L: 3, D: 63 },
    { L: 4, D: 64 },
    { L: 5, D: 65 },
    { L: 2, D: 1536 },
  ])('$L rows of $D', async ({ L, D }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { norms: variant })
    const { tensor, values } = uploadStorage(ops, randomFloats(L * D, 1), [L, D], 'x')
    const weights = randomFloats(D, 2)
    const weight = ops.upload(weights, [D], 'f32', 'weight')
    rmsNorm(ops, tensor, weight, 1e-6)
    expect(relativeError(await ops.read(tensor), reference(values, weights, 1e-6))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    ops.release(tensor, weight)
  })
})
