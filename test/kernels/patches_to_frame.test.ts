import { describe, expect, it } from 'vitest'
import { patchesToFrame } from '../../src/gpu/kernels/patches_to_frame'
import { patchesOf } from '../reference/patches'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('patches_to_frame on $name', (gpuCase) => {
  it.each([
    { H: 2, W: 2, C: 1, s: 2 },
    { H: 6, W: 4, C: 3, s: 2 },
    { H: 3, W: 9, C: 5, s: 3 },
    { H: 4, W: 7, C: 3, s: 1 },
    { H: 16, W: 34, C: 3, s: 2 },
  ])('of $s×$s pixels, $C channels', async ({ H, W, C, s }) => {
    const { ops } = await testGpu(gpuCase)
    const pixels = randomFloats(H * W * C, 1).map((value) => Math.round(1000 * value) / 1024) // exact in f16
    const held = Float32Array.from(patchesOf(pixels, H, W, C, s))
    const patches = uploadStorage(ops, held, [H / s, W / s, C * s * s], 'patches').tensor
    const frame = patchesToFrame(ops, patches, s, 'frame')
    expect(frame.shape).toEqual([H, W, C])
    expect(await ops.read(frame)).toEqual(pixels)
    ops.release(patches, frame)
  })

  it('refuses channels that make no whole patches', async () => {
    const { ops } = await testGpu(gpuCase)
    const { tensor } = uploadStorage(ops, randomFloats(3 * 4 * 3, 1), [3, 4, 3], 'frame')
    expect(() => patchesToFrame(ops, tensor, 2, 'frame')).toThrow(/no whole patches/)
    ops.release(tensor)
  })
})
