import { describe, expect, it } from 'vitest'
import { latentsToFrame } from '../../src/gpu/kernels/latents_to_frame'
import { latentsToFrame as reference } from '../reference/latents_to_frame'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

describe.each(gpuCases())('latents_to_frame on $name', (gpuCase) => {
  it.each([
    { C: 4, T: 1, H: 1, W: 1, t: 0 },
    { C: 5, T: 2, H: 3, W: 5, t: 1 },
    { C: 16, T: 3, H: 6, W: 8, t: 0 },
    { C: 16, T: 3, H: 7, W: 9, t: 2 },
    { C: 17, T: 2, H: 1, W: 15, t: 1 },
  ])('frame $t of $T, $C channels of $H×$W', async ({ C, T, H, W, t }) => {
    const { ops } = await testGpu(gpuCase)
    const latents = randomFloats(C * T * H * W, 1)
    const [std, mean] = [randomFloats(C, 2).map((value) => 2 + value), randomFloats(C, 3)]
    const tensors = [
      ops.upload(latents, [C, T, H, W], 'f32', 'latents'),
      ops.upload(mean, [C], 'f32', 'mean'),
      ops.upload(std, [C], 'f32', 'std'),
    ] as const
    const frame = latentsToFrame(ops, tensors[0], { mean: tensors[1], std: tensors[2] }, t, 'frame')
    expect(frame.shape).toEqual([H, W, C])
    expect(relativeError(await ops.read(frame), reference(latents, std, mean, T, t))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    ops.release(...tensors, frame)
  })
})
