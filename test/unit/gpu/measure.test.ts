import { describe, expect, it } from 'vitest'
import { GpuError } from '../../../src/gpu/errors'
import { measureCandidates, type CandidateRuns, type MeasureOptions } from '../../../src/gpu/tuner/measure'

interface Variant {
  /** Milliseconds of a call, of the first and so on; the last one stands for all that follow. */
  ms?: number | readonly number[]
  deviation?: number
  /** Thrown when it is checked, or when it is timed. */
  broken?: unknown
  tires?: unknown
}

/** A device without a device: a clock that the variants move, and a list of what was asked of them. */
function fake(variants: Readonly<Record<string, Variant>>) {
  let now = 0
  const asked: string[] = []
  const timed = new Map<string, number>()
  const variantOf = (what: string, name: string): Variant => {
    asked.push(`${what} ${name}`)
    return variants[name]!
  }
  const runs: CandidateRuns = {
    async deviation(name) {
      const { deviation = 1e-6, broken } = variantOf('check', name)
      now += 1
      if (broken !== undefined) throw broken
      return deviation
    },
    async lengthen(name) {
      asked.push(`lengthen ${name}`)
    },
    async time(name) {
      const { ms = 10, tires } = variantOf('time', name)
      if (tires !== undefined) throw tires
      const turn = timed.get(name) ?? 0
      timed.set(name, turn + 1)
      const spent = typeof ms === 'number' ? ms : ms[Math.min(turn, ms.length - 1)]!
      now += spent
      return spent
    },
  }
  const hold = (options: Partial<MeasureOptions> = {}) =>
    measureCandidates(runs, {
      names: Object.keys(variants),
      preferred: Object.keys(variants)[0]!,
      tolerance: 1e-4,
      now: () => now,
      until: 1e6,
      ...options,
    })
  return { hold, asked, now: () => now }
}

const timesOf = (asked: readonly string[], name: string): number =>
  asked.filter((each) => each === `time ${name}`).length

describe('the quickest variant', () => {
  it('is chosen where it is clearly quicker', async () => {
    expect(await fake({ own: { ms: 10 }, other: { ms: 9 }, third: { ms: 9.3 } }).hold()).toEqual({
      choice: 'other',
      dropped: new Map(),
    })
  })

  it.each([
    [9.4, 'other'],
    [9.6, 'own'],
    [10, 'own'],
    [12, 'own'],
  ])('at %s ms against 10 makes it %s', async (ms, choice) => {
    expect((await fake({ own: { ms: 10 }, other: { ms } }).hold()).choice).toBe(choice)
  })

  it('is judged by its median: one slow round and one quick one do not count', async () => {
    expect((await fake({ own: { ms: 10 }, other: { ms: [15, 9, 9, 1, 9, 9, 9] } }).hold()).choice).toBe(
      'other',
    )
    expect((await fake({ own: { ms: 10 }, other: { ms: [9.9, 1, 10, 10, 10, 10, 10] } }).hold()).choice).toBe(
      'own',
    )
  })

  it('is looked for among those that have a chance', async () => {
    const { hold, asked } = fake({ own: { ms: 10 }, slow: { ms: 50 }, other: { ms: 8 } })
    expect((await hold()).choice).toBe('other')
    expect(timesOf(asked, 'slow')).toBe(1)
    expect(timesOf(asked, 'own')).toBe(timesOf(asked, 'other'))
  })

  it('may be found even where the preferred one has none', async () => {
    expect((await fake({ own: { ms: 100 }, other: { ms: 8 } }).hold()).choice).toBe('other')
  })

  it('needs no timing where there is no other', async () => {
    const { hold, asked } = fake({ own: {} })
    expect((await hold()).choice).toBe('own')
    expect(asked).toEqual(['check own'])
  })
})

describe('a variant that is wrong', () => {
  it.each([
    ['by much', 0.3, /wrong, with a relative error of 0\.30/],
    ['by a little', 1.1e-4, /wrong, with a relative error of 0\.00011/],
    ['by not being a number', Number.NaN, /wrong, with a relative error of NaN/],
  ])('%s is never chosen, however quick', async (_, deviation, reason) => {
    const { hold, asked } = fake({ own: { ms: 10 }, wrong: { ms: 1, deviation }, other: { ms: 10 } })
    const { choice, dropped } = await hold()
    expect(choice).toBe('own')
    expect([...dropped]).toEqual([['wrong', expect.stringMatching(reason)]])
    expect(timesOf(asked, 'wrong')).toBe(0)
  })

  it('is left for a right one, even where it is the preferred one', async () => {
    expect(await fake({ own: { ms: 1, deviation: 1 }, other: { ms: 30 } }).hold()).toMatchObject({
      choice: 'other',
    })
    expect(await fake({ own: { deviation: 1 }, slow: { ms: 30 }, other: { ms: 20 } }).hold()).toMatchObject({
      choice: 'other',
    })
  })

  it('is not chosen where all are', async () => {
    const { choice, dropped } = await fake({ own: { deviation: 1 }, other: { deviation: 2 } }).hold()
    expect([choice, dropped.size]).toEqual([undefined, 2])
  })

  it('is checked once', async () => {
    const { hold, asked } = fake({ own: {}, other: { ms: 5 } })
    await hold()
    expect(asked.filter((each) => each.startsWith('check'))).toEqual(['check own', 'check other'])
  })
})

describe('a variant that fails', () => {
  it.each<[string, Variant]>([
    [
      'when it is checked',
      { ms: 1, broken: new GpuError('validation', 'WebGPU refused a command.\nAt length.') },
    ],
    ['when it is timed', { ms: 1, tires: new GpuError('validation', 'WebGPU refused a command.') }],
  ])('%s is dropped, and the reason kept', async (_, variant) => {
    const { choice, dropped } = await fake({ own: { ms: 10 }, broken: variant, other: { ms: 8 } }).hold()
    expect([choice, [...dropped]]).toEqual(['other', [['broken', 'WebGPU refused a command']]])
  })

  it('with the whole device ends all', async () => {
    const { hold, asked } = fake({
      own: {},
      deadly: { broken: new GpuError('device-lost', 'The GPU was lost.') },
      other: {},
    })
    await expect(hold()).rejects.toMatchObject({ code: 'device-lost' })
    expect(asked).not.toContain('check other')
  })
})

describe('time', () => {
  it('that runs out leaves the preferred variant', async () => {
    const { hold, now } = fake({ own: { ms: 10 }, other: { ms: 1 } })
    expect((await hold({ until: 30 })).choice).toBe('own')
    expect(now()).toBeLessThan(45)
  })

  it('that suffices for a few rounds gives the best so far', async () => {
    expect((await fake({ own: { ms: 10 }, other: { ms: 6 } }).hold({ until: 60 })).choice).toBe('other')
  })

  it('that was over before still has one variant checked', async () => {
    const { hold, asked } = fake({ own: {}, other: { ms: 1 } })
    expect((await hold({ until: 0 })).choice).toBe('own')
    expect(asked).toEqual(['check own'])
  })

  it('ends at once with the signal', async () => {
    const stop = new AbortController()
    const { hold, asked } = fake({ own: {}, other: {} })
    const held = hold({ signal: stop.signal })
    stop.abort(new Error('Enough.'))
    await expect(held).rejects.toThrow('Enough.')
    expect(asked.length).toBeLessThan(3)
  })
})
