import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StageClock } from '../../src/engine/stage-clock'
import { Tuning, type TunedStore } from '../../src/engine/kernels/tuning'
import type { Gpu } from '../../src/gpu/device'
import { openOps } from '../../src/gpu/ops'
import { clipOf, settingsOf } from '../support/full-size'
import { GPU_VARIANTS } from '../../src/gpu/variants'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { openModelFolder } from '../support/model-folder'

const CLIP = clipOf(settingsOf({ width: 64, height: 64, numFrames: 5 }), [12])

function memoryStore(): TunedStore & { entries: Map<string, unknown> } {
  const entries = new Map<string, unknown>()
  return {
    entries,
    get: async (key) => entries.get(key),
    put: async (key, variants) => void entries.set(key, variants),
  }
}

describe.each(quickCases().slice(0, 1))("the bundled model's first use on $name", (gpuCase) => {
  const open = async (store: TunedStore, adapter = 'A GPU') => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(gpu)
    // Taken for a GPU without subgroups, so that there is a choice: of matrix products, the two sizes of tiles.
    const taken = {
      ...gpu,
      adapter,
      variants: adapter === 'A GPU' ? GPU_VARIANTS : gpu.variants,
      device: { features: new Set() },
    } as unknown as Gpu
    const files = await openModelFolder(join(import.meta.dirname, '../../public/models/mini'))
    const tuning = new Tuning({ gpu: taken, ops, store, appVersion: '1' })
    const choose = async (weights: 'f16' | 'q8', signal = new AbortController().signal) => {
      const stages: string[] = []
      const clock = new StageClock(({ stage, step, steps }) => stages.push(`${stage} ${step}/${steps}`))
      return {
        ...(await tuning.choose(files, CLIP, weights, clock, signal)),
        stages,
        times: clock.times,
      }
    }
    return { choose, ops }
  }

  it('tries the variants, once for a format of its weights', async () => {
    const store = memoryStore()
    const { choose, ops } = await open(store)
    const first = await choose('q8')
    expect(['64', '128']).toContain(first.variants.linear)
    expect(first.variants).toMatchObject({ attention: 'tile', norms: 'tile', convolution: 'tile' })
    expect(first.notes).toEqual([])
    expect([first.stages[0], first.stages.at(-1)]).toEqual(['tune 0/1', 'tune 1/1'])
    expect(first.times).toMatchObject([{ stage: 'tune', peakGpuBytes: expect.any(Number) }])
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
    expect(await choose('q8')).toMatchObject({ variants: first.variants, stages: [] })
    expect([...store.entries.values()]).toEqual([first.variants])

    const later = await open(store)
    expect(await later.choose('q8')).toMatchObject({ variants: first.variants, stages: [] })
  })

  it('can be stopped, and is then as if it had not been', async () => {
    const store = memoryStore()
    const { choose, ops } = await open(store)
    await expect(choose('q8', AbortSignal.abort(new Error('Enough.')))).rejects.toThrow('Enough.')
    ops.pool.trim()
    expect([store.entries.size, ops.pool.bytes]).toEqual([0, 0])
  })

  it('tries nothing on an adapter that is a CPU', async () => {
    const { gpu } = await testGpu(gpuCase)
    const store = memoryStore()
    const { choose } = await open(store, gpu.adapter)
    expect(await choose('q8')).toEqual({ variants: gpu.variants, notes: [], stages: [], times: [] })
    expect(store.entries.size).toBe(0)
  })
})
