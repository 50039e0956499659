import { describe, expect, it } from 'vitest'
import { rmsNormRope } from '../../src/gpu/kernels/rms_norm_rope'
import { rmsNormRope as reference } from '../reference/rms_norm'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu, withVariants } from '../support/gpu'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

const RUNS = gpuCases().flatMap((gpuCase) =>
  (['direct4', 'tile'] as const).map((variant) => ({ gpuCase, name: gpuCase.name, variant })),
)

describe.each(RUNS)('rms_norm_rope in $variant on $name', ({ gpuCase, variant }) => {
  it.each([
    { L: 1, D: 4, headDim: 4 },
    { L: 5, D: 126, headDim: 18 },
    { L: 3, D: 128, headDim: 64 },
    { L: 4, D: 130, headDim: 10 },
    { L: 2, D: 1536, headDim: 128 },
  ])('q and k: $L rows of $D, heads of $headDim', async ({ L, D, headDim }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { norms: variant })
    const q = uploadStorage(ops, randomFloats(L * D, 1), [L, D], 'q')
    const k = uploadStorage(
      ops,
      randomFloats(L * D, 4).map((value) => 7 * value),
      [L, D],
      'k',
    )
    const weights = { normQ: randomFloats(D, 2), normK: randomFloats(D, 5) }
    const angles = randomFloats((L * headDim) / 2, 3)
    const turns = new Float32Array(L * headDim).map((_, i) =>
      i % 2 === 0 ? Math.cos(3 * angles[i >> 1]!) : Math.sin(3 * angles[i >> 1]!),
    )
    const uploaded = {
      normQ: ops.upload(weights.normQ, [D], 'f32', 'normQ'),
      normK: ops.upload(weights.normK, [D], 'f32', 'normK'),
    }
    const rotation = ops.upload(turns, [L, headDim / 2, 2], 'f32', 'rotation')
    rmsNormRope(ops, q.tensor, k.tensor, uploaded, headDim, rotation, 1e-6)
    const tolerance = KERNEL_TOLERANCE[gpuCase.storage]
    expect(
      relativeError(await ops.read(q.tensor), reference(q.values, weights.normQ, headDim, turns, 1e-6)),
    ).toBeLessThan(tolerance)
    expect(
      relativeError(await ops.read(k.tensor), reference(k.values, weights.normK, headDim, turns, 1e-6)),
    ).toBeLessThan(tolerance)
    ops.release(q.tensor, k.tensor, rotation, ...Object.values(uploaded))
  })
})
