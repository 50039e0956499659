import { describe, expect, it } from 'vitest'
import { measureSpeed, RememberedSpeed } from '../../src/engine/kernels/speed'
import { gpuCases, testGpu } from '../support/gpu'

describe.each(gpuCases())('$name', (gpuCase) => {
  it('is measured in a moment, and leaves nothing on the GPU', async () => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark()
    const { teraflops } = await measureSpeed(ops, () => performance.now())
    expect(teraflops).toBeGreaterThan(0)
    expect(teraflops).toBeLessThan(5000)
    expect([...ops.pool.mark()].filter((allocation) => !before.has(allocation))).toEqual([])
  })

  it('by a clock that stands still ends too', async () => {
    const { ops } = await testGpu(gpuCase)
    let readings = 0
    const { teraflops } = await measureSpeed(ops, () => (readings++ < 20 ? 0 : 1e9))
    expect(teraflops).toBeGreaterThan(0)
  })

  it('is measured once, and remembered', async () => {
    const { ops, gpu } = await testGpu(gpuCase)
    const { lost } = gpu.device
    const kept = new Map<string, object>()
    const store = {
      get: async (key: string) => kept.get(key),
      put: async (key: string, value: object) => void kept.set(key, value),
    }
    let time = 0
    const remembered = () => new RememberedSpeed({ ops, lost, store, key: 'k', now: () => (time += 100) }) // soon long enough
    const speed = await remembered().get()
    expect(kept.get('k')).toEqual(speed)
    kept.set('k', { teraflops: 42 })
    expect(await remembered().get()).toEqual({ teraflops: 42 })
    for (const odd of [{ teraflops: -1 }, { teraflops: 'x' }, {}]) {
      kept.set('k', odd)
      expect(await remembered().get()).toEqual(speed)
    }
  })
})
