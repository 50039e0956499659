import { describe, expect, it } from 'vitest'
import type { Gpu } from '../../../src/gpu/device'
import { GpuError } from '../../../src/gpu/errors'
import { shaderFingerprint } from '../../../src/gpu/shader-source'
import type { Task } from '../../../src/gpu/tuner/workload'
import type { Candidates } from '../../../src/gpu/tuner/candidates'
import { rememberTuned, tuningKey, type TunedStore } from '../../../src/gpu/tuner/memory'
import type { Variants } from '../../../src/gpu/variants'

const CANDIDATES: Candidates = {
  linear: ['64', '128'],
  attention: ['tile', 'direct4'],
  norms: ['tile'],
  convolution: ['tile', 'direct_strips'],
}
const SAFE: Variants = { linear: '64', attention: 'tile', norms: 'tile', convolution: 'tile' }
const BEST: Variants = { linear: '128', attention: 'direct4', norms: 'tile', convolution: 'direct_strips' }

function memory(stored?: unknown): TunedStore & { entries: Map<string, unknown> } {
  const entries = new Map<string, unknown>(stored === undefined ? [] : [['key', stored]])
  return {
    entries,
    get: async (key) => entries.get(key),
    put: async (key, variants) => void entries.set(key, variants),
  }
}

function choosing(outcome: Variants | Error) {
  const choose = async () => {
    choose.calls++
    if (outcome instanceof Error) throw outcome
    return { variants: outcome, notes: ['Tried.'] }
  }
  choose.calls = 0
  return choose
}

describe('what was chosen', () => {
  it('is chosen once', async () => {
    const [store, choose] = [memory(), choosing(BEST)]
    expect(await rememberTuned(store, 'key', CANDIDATES, choose)).toEqual({
      variants: BEST,
      notes: ['Tried.'],
    })
    expect(await rememberTuned(store, 'key', CANDIDATES, choose)).toEqual({ variants: BEST, notes: [] })
    expect(choose.calls).toBe(1)
    await rememberTuned(store, 'another key', CANDIDATES, choose)
    expect(choose.calls).toBe(2)
  })

  it.each([
    ['a loop that there is no more', { ...BEST, linear: '32' }],
    ['a loop that this GPU cannot run', { ...BEST, norms: 'direct4' }],
    ['a family without its loop', { linear: '64', attention: 'tile', norms: 'tile' }],
    ['what is no text', { ...BEST, linear: 64 }],
    ['nothing at all', null],
    ['something else', 'linear'],
    ['a list', ['64', 'tile']],
  ])('is chosen anew where %s was stored', async (_, stored) => {
    const [store, choose] = [memory(stored), choosing(BEST)]
    expect((await rememberTuned(store, 'key', CANDIDATES, choose)).variants).toEqual(BEST)
    expect([choose.calls, store.entries.get('key')]).toEqual([1, BEST])
  })

  it('has nothing more in it than the loops', async () => {
    const { variants } = await rememberTuned(memory({ ...BEST, more: 1 }), 'key', CANDIDATES, choosing(SAFE))
    expect(variants).toEqual(BEST)
  })

  it('does not need its store', async () => {
    const broken: TunedStore = {
      get: () => Promise.reject(new Error('No.')),
      put: () => Promise.reject(new Error('No.')),
    }
    for (const store of [broken, undefined])
      expect((await rememberTuned(store, 'key', CANDIDATES, choosing(BEST))).variants).toEqual(BEST)
  })

  it('is the first of each where trying cost the device: once is enough', async () => {
    const store = memory()
    await expect(
      rememberTuned(store, 'key', CANDIDATES, choosing(new GpuError('device-lost', 'Lost.'))),
    ).rejects.toThrow('Lost.')
    const choose = choosing(BEST)
    expect((await rememberTuned(store, 'key', CANDIDATES, choose)).variants).toEqual(SAFE)
    expect(choose.calls).toBe(0)
  })

  it('is nothing where trying was stopped', async () => {
    const store = memory()
    await expect(rememberTuned(store, 'key', CANDIDATES, choosing(new Error('Enough.')))).rejects.toThrow(
      'Enough.',
    )
    expect(store.entries.size).toBe(0)
  })
})

describe('the key', () => {
  const gpu = (changes: Partial<Gpu> = {}, ...features: string[]) =>
    ({
      adapter: 'A GPU',
      storage: 'f16',
      device: { features: new Set(features) },
      ...changes,
    }) as unknown as Gpu
  const linear = (rows: number, tokens: number): Task => ({
    family: 'linear',
    layer: { rows, cols: 8, format: 'q8' },
    size: { tokens },
  })
  const norms: Task = { family: 'norms', layer: { dim: 8 }, size: { rows: 8 } }
  const key = tuningKey(gpu(), [linear(8, 8), norms], '1')

  it('does not change with the size of a clip', () => {
    expect(tuningKey(gpu(), [norms, linear(8, 4096)], '1')).toBe(key)
  })

  it('changes with the GPU, its storage and features, the version and the model', () => {
    const others = [
      tuningKey(gpu({ adapter: 'Another' }), [linear(8, 8), norms], '1'),
      tuningKey(gpu({ storage: 'f32' }), [linear(8, 8), norms], '1'),
      tuningKey(gpu({}, 'subgroups'), [linear(8, 8), norms], '1'),
      tuningKey(gpu(), [linear(8, 8), norms], '2'),
      tuningKey(gpu(), [linear(16, 8), norms], '1'),
    ]
    expect(new Set([key, ...others]).size).toBe(6)
  })

  it('has the shaders in it', () => {
    expect(key).toContain(String(shaderFingerprint()))
    expect(shaderFingerprint()).toBe(shaderFingerprint())
  })
})
