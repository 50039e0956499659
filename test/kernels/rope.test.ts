import { describe, expect, it } from 'vitest'
import { rope } from '../../src/gpu/kernels/rope'
import { rope as reference } from '../reference/rms_norm'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('rope on $name', (gpuCase) => {
  it.each([
    { L: 1, D: 4, headDim: 4 },
    { L: 5, D: 126, headDim: 18 },
    { L: 3, D: 256, headDim: 128 },
  ])('$L rows of $D, heads of $headDim', async ({ L, D, headDim }) => {
    const { ops } = await testGpu(gpuCase)
    const x = uploadStorage(ops, randomFloats(L * D, 1), [L, D], 'x')
    const angles = randomFloats((L * headDim) / 2, 3)
    const turns = Float32Array.from({ length: L * headDim }, (_, i) =>
      i % 2 === 0 ? Math.cos(3 * angles[i >> 1]!) : Math.sin(3 * angles[i >> 1]!),
    )
    const rotation = ops.upload(turns, [L, headDim / 2, 2], 'f32', 'rotation')
    const y = rope(ops, x.tensor, headDim, rotation, 'y')
    expect(relativeError(await ops.read(y), reference(x.values, D, headDim, turns))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    ops.release(x.tensor, rotation, y)
  })
})
