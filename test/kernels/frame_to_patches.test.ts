import { describe, expect, it } from 'vitest'
import { frameToPatches } from '../../src/gpu/kernels/frame_to_patches'
import { patchesOf } from '../reference/patches'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('frame_to_patches on $name', (gpuCase) => {
  it.each([
    { H: 2, W: 2, C: 1, s: 2 },
    { H: 6, W: 4, C: 3, s: 2 },
    { H: 3, W: 9, C: 5, s: 3 },
    { H: 4, W: 7, C: 3, s: 1 },
    { H: 16, W: 34, C: 3, s: 2 },
  ])('of $s×$s pixels, $C channels', async ({ H, W, C, s }) => {
    const { ops } = await testGpu(gpuCase)
    const { tensor, values } = uploadStorage(ops, randomFloats(H * W * C, 1), [H, W, C], 'frame')
    const patches = frameToPatches(ops, tensor, s, 'patches')
    expect(patches.shape).toEqual([H / s, W / s, C * s * s])
    expect([...(await ops.read(patches))]).toEqual(patchesOf(values, H, W, C, s))
    ops.release(tensor, patches)
  })

  it('refuses frames that do not divide', async () => {
    const { ops } = await testGpu(gpuCase)
    const { tensor } = uploadStorage(ops, randomFloats(3 * 4 * 3, 1), [3, 4, 3], 'frame')
    expect(() => frameToPatches(ops, tensor, 2, 'patches')).toThrow(/does not divide into patches of 2×2/)
    ops.release(tensor)
  })
})
