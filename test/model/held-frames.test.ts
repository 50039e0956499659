// Frames that are held from the start: the official image to video of Wan 2.2's 5B.
import { describe, expect, it } from 'vitest'
import { heldTimesteps, holdFrames } from '../../src/sampling/held-frames'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'

describe.each(quickCases())('held frames on $name', (gpuCase) => {
  it('begin the official steps, and keep their bits', async () => {
    const { ops } = await testGpu(gpuCase)
    const golden = await openGolden('ti2v_pipeline_tiny.golden')
    const shapeOf = (name: string): readonly number[] => golden.tensors.get(name)!.shape
    const given = await golden.floats('i2v.image_latents')
    const latents = ops.upload(given, shapeOf('i2v.image_latents'), 'f32', 'held')
    const x = ops.upload(await golden.floats('i2v.noise'), shapeOf('i2v.noise'), 'f32', 'x')
    holdFrames(ops, x, [{ latents, first: 0 }])
    const begun = await ops.read(x)
    expect(begun).toEqual((await golden.floats('tap.i2v.steps')).subarray(0, begun.length))
    const [C = 0, T = 0, H = 0, W = 0] = shapeOf('i2v.noise')
    const pixels = H * W
    for (let c = 0; c < C; c++)
      expect(begun.subarray(c * T * pixels, (c * T + 1) * pixels)).toEqual(
        given.subarray(c * pixels, (c + 1) * pixels),
      )

    const [timestep] = await golden.floats('i2v.timesteps')
    const { values, rowOf } = heldTimesteps(timestep!, T, [{ latents, first: 0 }])
    expect(rowOf).toBe('frame')
    const tokens = (await golden.floats('i2v.token_timesteps.0')).length / T
    expect(values.flatMap((value) => Array.from({ length: tokens }, () => value))).toEqual([
      ...(await golden.floats('i2v.token_timesteps.0')),
    ])
    ops.release(latents, x)
  })

  it('may be the last ones', async () => {
    const { ops } = await testGpu(gpuCase)
    const latents = ops.upload(Float32Array.of(7, 8), [2, 1, 1, 1], 'f32', 'held')
    const x = ops.upload(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3, 1, 1], 'f32', 'x')
    holdFrames(ops, x, [{ latents, first: 2 }])
    expect([...(await ops.read(x))]).toEqual([1, 2, 7, 4, 5, 8])
    expect(heldTimesteps(500, 3, [{ latents, first: 2 }]).values).toEqual([500, 500, 0])
    ops.release(latents, x)
  })
})
