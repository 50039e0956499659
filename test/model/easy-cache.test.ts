import { describe, expect, it } from 'vitest'
import { linearCombination } from '../../src/gpu/kernels/linear_combination'
import { openWanDenoiser } from '../../src/models/wan-dit/denoiser'
import { denoise } from '../../src/sampling/denoise'
import { gaussianNoise } from '../../src/sampling/rng'
import { createSampler } from '../../src/sampling/samplers'
import { StepCache } from '../../src/sampling/step-cache'
import { openOps, dryOps, type Ops } from '../../src/gpu/ops'
import { ditConfig } from '../support/config'
import { loadingOf } from '../support/loading'
import { openGolden } from '../support/golden'
import { relativeError } from '../support/error'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'

const SHAPE = [16, 2, 4, 6] as const
const COUNT = 16 * 2 * 4 * 6
const STEPS = 6

describe.each(quickCases().slice(0, 1))('EasyCache on $name', (gpuCase) => {
  it('carries over what the model added to its input, for both branches', async () => {
    const { ops } = await testGpu(gpuCase)
    const cache = new StepCache(ops, 6, Infinity)
    const values = (seed: number) => randomFloats(COUNT, seed)
    const upload = (seed: number) => ops.upload(values(seed), SHAPE, 'f32', `of seed ${seed}`)
    const [x0, x1, x2] = [upload(1), upload(2), upload(3)]
    const first = { conditional: upload(11), unconditional: upload(12) }
    const second = { conditional: upload(21), unconditional: upload(22) }
    expect(await cache.velocities(0, x0, async () => first)).toBe(first)
    expect(await cache.velocities(1, x1, async () => second)).toBe(second)

    const told = await cache.velocities(2, x2, () => Promise.reject(new Error('The model was asked.')))
    expect(cache.reused).toBe(1)
    const expected = (seed: number) => values(3).map((x, i) => x + (values(seed)[i]! - values(2)[i]!))
    expect(relativeError(await ops.read(told.conditional), expected(21))).toBeLessThan(1e-6)
    expect(relativeError(await ops.read(told.unconditional!), expected(22))).toBeLessThan(1e-6)
    await expect(
      cache.velocities(5, x2, () => Promise.reject(new Error('The model was asked.'))),
    ).rejects.toThrow('was asked')
    cache.release()
    ops.release(x0, x1, x2, ...[first, second, told].flatMap((answers) => Object.values(answers)))
  })

  it('of two experts predicts nothing of the second from the first', async () => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const ran = async (boundary?: number): Promise<number[]> => {
      const noise = ops.upload(gaussianNoise(1, 0, COUNT), SHAPE, 'f32', 'noise')
      const asked: number[] = []
      const latents = await denoise(ops, {
        noise,
        seed: 1,
        async velocities(x, { timestep }, i) {
          asked.push(i)
          const isGuided = timestep < (boundary ?? 0)
          const answer = (coefficient: number) =>
            linearCombination(ops, [{ tensor: x, coefficient }], 'velocity')
          return { conditional: answer(0.9), ...(isGuided && { unconditional: answer(0.8) }) }
        },
        guidanceScale: (timestep) => (timestep < (boundary ?? 0) ? 3.5 : 1),
        sampler,
        cacheThreshold: Infinity,
        ...(boundary !== undefined && { boundary }),
      })
      ops.release(latents, noise)
      return asked
    }
    const sampler = createSampler('unipc', 12, 5)
    expect(await ran()).toEqual([0, 1, 2, 11])
    expect(await ran(sampler.timesteps[5])).toEqual([0, 1, 2, 6, 7, 11])
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  /** On a device, or on ops that only count. */
  const run = async (
    ops: Ops,
    dry: boolean,
    guided: boolean,
    cacheThreshold?: number,
  ): Promise<{ latents: Float32Array; reused: number | undefined; highWater: number }> => {
    const file = await openGolden('dit_tiny.weights')
    const config = ditConfig(file)
    const denoiser = await openWanDenoiser(loadingOf(ops, { dit: file }, { dry }), config)
    const context = (n: number, seed: number) =>
      denoiser.prepare({ text: randomFloats(n * config.textDim, seed) })
    const [positive, negative] = [await context(7, 1), await context(3, 2)]
    const noise = ops.upload(gaussianNoise(1, 0, COUNT), SHAPE, 'f32', 'noise')
    let reused: number | undefined
    const latents = await denoise(
      ops,
      {
        noise,
        seed: 1,
        async velocities(x, { timestep }) {
          const time = { values: [timestep] }
          return {
            conditional: await denoiser.velocity(x, time, positive),
            ...(guided && { unconditional: await denoiser.velocity(x, time, negative) }),
          }
        },
        guidanceScale: 3,
        sampler: createSampler('unipc', STEPS, 5),
        ...(cacheThreshold !== undefined && { cacheThreshold }),
      },
      { onReused: (steps) => (reused = steps) },
    )
    const { highWater } = ops.pool
    const values = await ops.read(latents)
    ops.release(latents, noise)
    positive.release()
    negative.release()
    await denoiser.release()
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
    return { latents: values, reused, highWater }
  }

  it.each([true, false])(
    'is exact at threshold 0, bit for bit, and bold where anything goes (guided %s)',
    async (guided) => {
      const { gpu } = await testGpu(gpuCase)
      const exact = await run(openOps(gpu), false, guided)
      const careful = await run(openOps(gpu), false, guided, 0)
      expect([exact.reused, careful.reused]).toEqual([undefined, 0])
      expect(careful.latents).toEqual(exact.latents)

      const bold = await run(openOps(gpu), false, guided, Infinity)
      expect(bold.reused).toBe(STEPS - 2 - 1) // all but the first fifth and the last
      expect(bold.latents).not.toEqual(exact.latents)
      expect(bold.latents.every(Number.isFinite)).toBe(true)

      const planned = await run(dryOps(gpu.storage, gpu.maxBindingBytes), true, guided, Infinity)
      expect(planned.reused, 'a plan counts the steps that run').toBe(0)
      expect([bold.highWater, careful.highWater]).toEqual([planned.highWater, planned.highWater])
      expect(planned.highWater - exact.highWater).toBeGreaterThanOrEqual((guided ? 3 : 2) * 4 * COUNT)
    },
  )
})
