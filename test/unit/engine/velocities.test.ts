// What a model is asked in a step of a clip.
import { describe, expect, it } from 'vitest'
import { prepareVelocities, type VelocityOptions } from '../../../src/engine/velocities'
import { dryOps } from '../../../src/gpu/ops'
import type { Denoiser, Timesteps } from '../../../src/models/family'
import { createSampler } from '../../../src/sampling/samplers'

const ops = dryOps('f32', Infinity)
const x = ops.create([16, 3, 4, 4], 'f32', 'x')
const CONTEXTS = { positive: new Float32Array(1), negative: new Float32Array(1) }

async function asked(options: VelocityOptions): Promise<Timesteps[]> {
  const times: Timesteps[] = []
  const denoiser: Denoiser = {
    prepare: async () => ({ release() {} }),
    async velocity(latents, time) {
      times.push(time)
      return latents
    },
    release: async () => {},
  }
  const prepared = await prepareVelocities(denoiser, CONTEXTS, options)
  const sampler = createSampler('unipc', 4, 5)
  await prepared.velocities(x, sampler.step(1), 1)
  return times
}

describe('a step', () => {
  const { timestep } = createSampler('unipc', 4, 5).step(1)

  it('of a clip without a picture has one timestep for all tokens, as of a model of text alone', async () => {
    expect(await asked({})).toEqual([{ values: [timestep] }, { values: [timestep] }])
    expect(await asked({ held: [], isGuided: () => false })).toEqual([{ values: [timestep] }])
  })

  it('of a clip with a picture has timestep 0 where that is held', async () => {
    const held = [{ latents: ops.create([16, 1, 4, 4], 'f32', 'held'), first: 0 }]
    const time = { values: [0, timestep, timestep], rowOf: 'frame' }
    expect(await asked({ held })).toEqual([time, time])
  })
})
