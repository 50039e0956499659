import { describe, expect, it } from 'vitest'
import { frameToLatents } from '../../src/gpu/kernels/frame_to_latents'
import { frameToLatents as reference } from '../reference/frame_to_latents'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('frame_to_latents on $name', (gpuCase) => {
  it.each([
    { K: 4, C: 4, T: 1, H: 1, W: 1 },
    { K: 8, C: 4, T: 2, H: 3, W: 5 },
    { K: 17, C: 5, T: 3, H: 7, W: 9 },
    { K: 32, C: 16, T: 2, H: 6, W: 8 },
  ])('$C of $K channels into $T frames of $H×$W', async ({ K, C, T, H, W }) => {
    const { ops } = await testGpu(gpuCase)
    const frames = Array.from({ length: T }, (_, t) =>
      uploadStorage(ops, randomFloats(H * W * K, t), [H, W, K], 'frame'),
    )
    const [std, mean] = [randomFloats(C, 12).map((value) => 2 + value), randomFloats(C, 13)]
    const statistics = { mean: ops.upload(mean, [C], 'f32', 'mean'), std: ops.upload(std, [C], 'f32', 'std') }
    const latents = ops.create([C, T, H, W], 'f32', 'latents')
    frames.forEach(({ tensor }, t) => frameToLatents(ops, tensor, statistics, latents, t))
    const expected = frames.map(({ values }) => reference(values, H * W, mean, std))
    const interleaved = Float64Array.from({ length: C * T * H * W }, (_, i) => {
      const [c, t, pixel] = [Math.floor(i / (T * H * W)), Math.floor(i / (H * W)) % T, i % (H * W)]
      return expected[t]![c * H * W + pixel]!
    })
    expect(relativeError(await ops.read(latents), interleaved)).toBeLessThan(KERNEL_TOLERANCE.f32)
    ops.release(...frames.map(({ tensor }) => tensor), statistics.mean, statistics.std, latents)
  })
})
