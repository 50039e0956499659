import { describe, expect, it } from 'vitest'
import { addTo } from '../../src/gpu/kernels/add'
import { gpuCases, testGpu } from '../support/gpu'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('add on $name', (gpuCase) => {
  it.each([
    [1, 1],
    [3, 21],
    [65, 128],
  ])('%i × %i elements, whole and in bands', async (L, D) => {
    const { ops } = await testGpu(gpuCase)
    for (const maxBindingBytes of [ops.maxBindingBytes, 8192]) {
      const x = uploadStorage(ops, randomFloats(L * D, 1), [L, D], 'x')
      const y = uploadStorage(ops, randomFloats(L * D, 2), [L, D], 'y')
      addTo({ ...ops, maxBindingBytes }, y.tensor, x.tensor)
      const expected = y.values.map((value, i) => value + x.values[i]!)
      expect(relativeError(await ops.read(y.tensor), expected)).toBeLessThan(
        KERNEL_TOLERANCE[gpuCase.storage],
      )
      ops.release(x.tensor, y.tensor)
    }
  })
})
