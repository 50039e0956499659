import { describe, expect, it } from 'vitest'
import { GpuError } from '../../../src/gpu/errors'
import type { TrialBench } from '../../../src/gpu/tuner/trial-bench'
import type { Task } from '../../../src/gpu/tuner/workload'
import {
  candidatesFor,
  familiesWithChoice,
  firstOf,
  type Candidates,
} from '../../../src/gpu/tuner/candidates'
import { autotune, type Clock } from '../../../src/gpu/tuner/autotune'
import { defaultVariants } from '../../../src/gpu/variants'

const CANDIDATES: Candidates = {
  linear: ['64', '128', 'direct4'],
  attention: ['tile', 'direct4'],
  norms: ['tile'],
  convolution: ['tile', 'direct_strips'],
}

const TASKS: readonly Task[] = [
  { family: 'linear', layer: { rows: 8, cols: 8, format: 'q8' }, size: { tokens: 8 } },
  {
    family: 'convolution',
    layer: { inChannels: 8, outChannels: 8, kernelT: 3, kernelHW: 3, stride: 1, upsample: 1 },
    size: { height: 8, width: 8, past: 2 },
  },
  { family: 'attention', layer: { numHeads: 1, headDim: 8 }, size: { queries: 8, keys: 8 } },
  { family: 'norms', layer: { dim: 8 }, size: { rows: 8 } },
]

interface Script {
  /** Milliseconds of a call, by family and variant; 10 where nothing is said. */
  readonly ms?: Readonly<Record<string, number>>
  readonly deviation?: Readonly<Record<string, number>>
  readonly compile?: Readonly<Record<string, () => Promise<void>>>
  /** Families of which no inputs can be made. */
  readonly closed?: string
}

const never = (): Promise<void> => new Promise(() => {})

/** Benches without a device, on a clock that only their calls move. */
function fake({ ms = {}, deviation = {}, compile = {}, closed = '' }: Script) {
  let now = 500
  const open = new Set<string>()
  const asked: string[] = []
  const waits: number[] = []
  const clock: Clock = {
    now: () => now,
    async wait(milliseconds) {
      waits.push(milliseconds)
      await new Promise((resolve) => setTimeout(resolve)) // after all that is ready
      now += milliseconds
    },
  }
  const openTrialBench = ({ family }: Task): TrialBench => {
    if (family === closed) throw new GpuError('limit', 'No room.')
    open.add(family)
    return {
      tolerance: 1e-4,
      compile: (name) => compile[`${family} ${name}`]?.() ?? Promise.resolve(),
      async deviation(name) {
        asked.push(`${family} ${name}`)
        now += ms[`${family} ${name}`] ?? 10
        return deviation[`${family} ${name}`] ?? 1e-6
      },
      lengthen: () => Promise.resolve(),
      async time(name) {
        const spent = ms[`${family} ${name}`] ?? 10
        now += spent
        return spent
      },
      close: () => open.delete(family),
    }
  }
  const run = (options: Partial<Parameters<typeof autotune>[0]> = {}) =>
    autotune({ candidates: CANDIDATES, tasks: TASKS, openTrialBench, clock, ...options })
  return { run, open, asked, waits, spent: () => now - 500 }
}

describe('every family', () => {
  it('gets its quickest right loop', async () => {
    const { run, open, waits } = fake({
      ms: { 'linear 128': 6, 'linear direct4': 1, 'attention direct4': 9.8, 'convolution direct_strips': 5 },
      deviation: { 'linear direct4': 0.5 },
    })
    const steps: number[] = []
    const { variants, notes } = await run({ onDone: (done) => steps.push(done) })
    expect(variants).toEqual({
      linear: '128',
      attention: 'tile',
      norms: 'tile',
      convolution: 'direct_strips',
    })
    expect(notes).toEqual([
      'On this GPU the variant "direct4" of matrix products is not used: its result is wrong, with a relative error of 0.50.',
    ])
    expect(steps).toEqual([1, 2, 3])
    expect(open.size).toBe(0)
    expect(waits).toHaveLength(1)
  })

  it('without a choice, or without a call in the model, is not tried', async () => {
    const { run, asked } = fake({ ms: { 'attention direct4': 1 } })
    const { variants } = await run({
      tasks: TASKS.filter(({ family }) => family === 'norms' || family === 'linear'),
    })
    expect(asked).toEqual(['linear 64', 'linear 128', 'linear direct4'])
    expect(variants).toEqual(firstOf(CANDIDATES))
  })

  it('whose loop does not compile goes without it', async () => {
    const { run } = fake({
      ms: { 'convolution direct_strips': 1 },
      compile: {
        'convolution direct_strips': () => Promise.reject(new Error('error: no such builtin.\n  at 7')),
        'linear 64': () => Promise.reject(new Error('Too large.')),
      },
    })
    const { variants, notes } = await run()
    expect(variants).toMatchObject({ convolution: 'tile', linear: '128' })
    expect(notes).toEqual([
      'On this GPU the variant "64" of matrix products is not used: Too large.',
      'On this GPU the variant "direct_strips" of convolutions is not used: error: no such builtin.',
    ])
  })

  it('that is wrong in all its loops says so and keeps the first', async () => {
    const { run } = fake({ deviation: { 'attention tile': 1, 'attention direct4': Number.NaN } })
    const { variants, notes } = await run()
    expect(variants.attention).toBe('tile')
    expect(notes[0]).toBe(
      'On this GPU no variant of attention gives a correct result: the clip will be wrong.',
    )
  })

  it('that cannot be compared keeps no one from a clip', async () => {
    const { run, open } = fake({ closed: 'linear', ms: { 'attention direct4': 1 } })
    const { variants, notes } = await run()
    expect(variants).toMatchObject({ linear: '64', attention: 'direct4' })
    expect(notes).toEqual(['The variants of matrix products could not be compared on this GPU: No room.'])
    expect(open.size).toBe(0)
  })
})

describe('three seconds', () => {
  it('are not exceeded by more than a call', async () => {
    const { run, spent, asked } = fake({
      ms: Object.fromEntries(
        TASKS.flatMap(({ family }) => CANDIDATES[family].map((name) => [`${family} ${name}`, 100])),
      ),
    })
    await run()
    expect(spent()).toBeLessThanOrEqual(3100)
    expect(asked).toContain('attention direct4') // every family has its share
  })

  it('are not spent waiting for the compiler: what is late is left out', async () => {
    const { run, asked, spent } = fake({
      compile: { 'linear 128': never, 'attention tile': never },
      ms: { 'linear direct4': 5, 'attention direct4': 1 },
    })
    const { variants, notes } = await run()
    expect(variants).toMatchObject({ linear: 'direct4', attention: 'tile' }) // attention's first may yet be the best
    expect(asked).not.toContain('linear 128')
    expect(notes).toEqual([])
    expect(spent()).toBeLessThan(3000)
  })
})

describe('what ends all', () => {
  it('is the signal, also while the compiler works', async () => {
    const stop = new AbortController()
    const { run, open } = fake({ compile: { 'linear 64': never } })
    const running = run({ signal: stop.signal, clock: { now: () => 0, wait: never } })
    stop.abort(new Error('Enough.'))
    await expect(running).rejects.toThrow('Enough.')
    expect(open.size).toBe(0)
  })

  it('is the loss of the device', async () => {
    const { run, open, asked } = fake({
      compile: { 'linear 64': () => Promise.reject(new GpuError('device-lost', 'The GPU was lost.')) },
    })
    await expect(run()).rejects.toMatchObject({ code: 'device-lost' })
    expect([open.size, asked]).toEqual([0, []])
  })
})

describe('the candidates', () => {
  const device = (adapter: string, ...features: string[]) => ({
    adapter,
    storage: 'f16' as const,
    variants: defaultVariants(adapter, new Set(features)),
    device: { features: new Set(features) },
  })

  it('begin with the default, and need their features', () => {
    const plain = candidatesFor(device('Some GPU'))
    expect(plain.linear).toEqual(expect.arrayContaining(['64', '128']))
    expect(
      Object.values(plain)
        .flat()
        .filter((name) => /direct/.test(name)),
    ).toEqual([])
    const all = candidatesFor(device('Some GPU', 'subgroups'))
    expect(familiesWithChoice(all)).toEqual(['linear', 'attention', 'norms', 'convolution'])
    expect(firstOf(all)).toEqual(defaultVariants('Some GPU', new Set()))
    for (const names of Object.values(all)) {
      expect(new Set(names).size).toBe(names.length)
      expect(names).toContain('direct4')
    }
  })

  it('of an adapter that is a CPU are its defaults', () => {
    const candidates = candidatesFor(device('llvmpipe (LLVM 19, 256 bits)', 'subgroups'))
    expect(familiesWithChoice(candidates)).toEqual([])
    expect(firstOf(candidates)).toMatchObject({ linear: 'direct4', convolution: 'direct4' })
  })
})
