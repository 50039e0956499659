import { describe, expect, it } from 'vitest'
import { rmsNormRope } from '../../src/gpu/kernels/rms_norm_rope'
import { rmsNormRope as reference } from '../reference/rms_norm_rope'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu, withVariants } from '../support/gpu'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

const RUNS = gpuCases().flatMap((gpuCase) => (['quads', 'tile'] as const).map((variant) => ({ gpuCase, name: gpuCase.name, variant })))

describe.each(RUNS)('rms_norm_rope in $variant on $name', ({ gpuCase, variant }) => {
  it.each([
    { L: 1, D: 4, headDim: 4, rotated: true },
    { L: 5, D: 126, headDim: 18, rotated: true },
    { L: 3, D: 128, headDim: 64, rotated: false },
    { L: 4, D: 130, headDim: 10, rotated: true },
    { L: 2, D: 1536, headDim: 128, rotated: true },
  ])('$L rows of $D, heads of $headDim, rotated: $rotated', async ({ L, D, headDim, rotated }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { norms: variant })
    const { tensor, values } = uploadStorage(ops, randomFloats(L * D, 1), [L, D], 'x')
    const weight = randomFloats(D, 2)
    const angles = randomFloats((L * headDim) / 2, 3)
    const rotation = new Float32Array(L * headDim).map((_, i) => (i % 2 === 0 ? Math.cos(3 * angles[i >> 1]!) : Math.sin(3 * angles[i >> 1]!)))
    const uploaded = [ops.upload(weight, [D], 'f32', 'weight'), ops.upload(rotation, [L, headDim / 2, 2], 'f32', 'rotation')] as const
    rmsNormRope(ops, tensor, uploaded[0], headDim, rotated ? uploaded[1] : undefined, 1e-6)
    const expected = reference(values, weight, headDim, rotated ? rotation : undefined, 1e-6)
    expect(relativeError(await ops.read(tensor), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(tensor, ...uploaded)
  })
})
