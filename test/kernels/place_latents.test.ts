import { describe, expect, it } from 'vitest'
import { placeLatents, withoutFirstFrames } from '../../src/gpu/kernels/place_latents'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

describe.each(gpuCases())('place_latents on $name', (gpuCase) => {
  it.each([
    { from: [2, 1, 3, 5], to: [2, 4, 3, 5], channel: 0, frame: 0 },
    { from: [4, 3, 2, 2], to: [9, 3, 2, 2], channel: 5, frame: 0 },
    { from: [3, 2, 7, 3], to: [5, 6, 7, 3], channel: 1, frame: 4 },
  ])('$from into $to at channel $channel, frame $frame', async ({ from, to, channel, frame }) => {
    const { ops } = await testGpu(gpuCase)
    const [C, T, H, W] = from as [number, number, number, number]
    const [channels, frames] = to as [number, number]
    const [small, large] = [randomFloats(C * T * H * W, 1), randomFloats(channels * frames * H * W, 2)]
    const x = ops.upload(small, from, 'f32', 'x')
    const y = ops.upload(large, to, 'f32', 'y')
    const expected = large.slice()
    for (let c = 0; c < C; c++)
      for (let t = 0; t < T; t++)
        for (let p = 0; p < H * W; p++)
          expected[((channel + c) * frames + frame + t) * H * W + p] = small[(c * T + t) * H * W + p]!
    placeLatents(ops, x, y, { channel, frame })
    expect(await ops.read(y)).toEqual(expected)
    ops.release(x, y)
  })

  it('leaves out the first frames', async () => {
    const { ops } = await testGpu(gpuCase)
    const [C, T, pixels, skipped] = [3, 5, 6, 2]
    const values = randomFloats(C * T * pixels, 3)
    const x = ops.upload(values, [C, T, 2, 3], 'f32', 'x')
    const y = withoutFirstFrames(ops, x, skipped)
    expect(y.shape).toEqual([C, T - skipped, 2, 3])
    const expected = Array.from({ length: C }, (_, c) => [
      ...values.subarray((c * T + skipped) * pixels, (c + 1) * T * pixels),
    ])
    expect([...(await ops.read(y))]).toEqual(expected.flat())
    ops.release(x, y)
  })

  it('refuses what does not fit', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = ops.upload(randomFloats(8, 1), [2, 1, 2, 2], 'f32', 'x')
    const y = ops.upload(randomFloats(16, 1), [2, 2, 2, 2], 'f32', 'y')
    expect(() => placeLatents(ops, x, y, { frame: 2 })).toThrow(
      'x [2, 1, 2, 2] does not fit into y [2, 2, 2, 2] at channel 0 and frame 2.',
    )
    ops.release(x, y)
  })
})
