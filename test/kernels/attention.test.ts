import { describe, expect, it } from 'vitest'
import { attention } from '../../src/gpu/kernels/attention'
import { attention as reference } from '../reference/attention'
import { rmsNorm } from '../reference/rms_norm'
import { KERNEL_TOLERANCE, kernelTolerance, relativeError } from '../support/error'
import { variantRuns, testGpu, withVariants } from '../support/gpu'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

const RUNS = await variantRuns('attention')

describe.each(RUNS)('attention in $variant on $name', ({ gpuCase, variant }) => {
  it.each([
    { L: 1, S: 1, numHeads: 1, d: 4, lastKeyCount: 1, spread: 1 },
    { L: 33, S: 17, numHeads: 2, d: 20, lastKeyCount: 9, spread: 1 },
    { L: 31, S: 33, numHeads: 3, d: 15, lastKeyCount: 400, spread: 1 },
    { L: 32, S: 32, numHeads: 2, d: 16, lastKeyCount: 1, spread: 1 },
    { L: 33, S: 31, numHeads: 1, d: 127, lastKeyCount: 7, spread: 1 },
    { L: 65, S: 100, numHeads: 2, d: 128, lastKeyCount: 1, spread: 1 },
    { L: 16, S: 40, numHeads: 1, d: 129, lastKeyCount: 1, spread: 1 },
    { L: 9, S: 65, numHeads: 1, d: 384, lastKeyCount: 1, spread: 1 },
    { L: 17, S: 31, numHeads: 2, d: 260, lastKeyCount: 5, spread: 1 },
    { L: 3, S: 40, numHeads: 1, d: 392, lastKeyCount: 1, spread: 30 },
    { L: 40, S: 70, numHeads: 1, d: 64, lastKeyCount: 3, spread: 30 },
    { L: 70, S: 200, numHeads: 2, d: 128, lastKeyCount: 3, spread: 30 },
  ])(
    '$L queries, $S keys, $numHeads heads of $d, last key × $lastKeyCount, values to ±$spread',
    async ({ L, S, numHeads, d, lastKeyCount, spread }) => {
      const ops = withVariants((await testGpu(gpuCase)).ops, { attention: variant })
      const D = numHeads * d
      const q = uploadStorage(
        ops,
        randomFloats(L * D, 1).map((value) => value * spread),
        [L, D],
        'q',
      )
      const k = uploadStorage(ops, randomFloats(S * D, 2), [S, D], 'k')
      const v = uploadStorage(ops, randomFloats(S * D, 3), [S, D], 'v')
      const out = attention(ops, q.tensor, k.tensor, v.tensor, { numHeads, lastKeyCount }, 'out')
      const expected = reference(q.values, k.values, v.values, L, S, numHeads, lastKeyCount)
      // Scores of ±30·√d lose digits in the exponent: an absolute error of 1e-6 · |score| becomes a relative one.
      const tolerance = kernelTolerance(gpuCase.storage, variant) * (spread > 1 ? 10 : 1)
      expect(relativeError(await ops.read(out), expected)).toBeLessThan(tolerance)
      ops.release(q.tensor, k.tensor, v.tensor, out)
    },
  )

  it.each([
    { L: 33, S: 17, numHeads: 3, d: 20 },
    { L: 40, S: 20, numHeads: 2, d: 128 },
  ])('norms $L queries over $numHeads heads of $d, $S keys', async ({ L, S, numHeads, d }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { attention: variant })
    const D = numHeads * d
    const q = uploadStorage(
      ops,
      randomFloats(L * D, 1).map((value, i) => value * (1 + (i % 5)) * 3),
      [L, D],
      'q',
    )
    const k = uploadStorage(ops, randomFloats(S * D, 2), [S, D], 'k')
    const v = uploadStorage(ops, randomFloats(S * D, 3), [S, D], 'v')
    const out = attention(
      ops,
      q.tensor,
      k.tensor,
      v.tensor,
      { numHeads, lastKeyCount: 5, normQueries: { eps: 1e-2 } },
      'out',
    )
    const normed = rmsNorm(q.values, new Float32Array(D).fill(1), 1e-2)
    expect(
      relativeError(await ops.read(out), reference(normed, k.values, v.values, L, S, numHeads, 5)),
    ).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(q.tensor, k.tensor, v.tensor, out)
  })
})
