// The short form of `npm run fuzz`.
import { describe, expect, it } from 'vitest'
import { openWeights } from '../../src/weights/formats/open'
import { bufferSource } from '../../src/weights/sources/byte-source'
import { WeightsError } from '../../src/weights/error'
import { Random } from './random'
import type { Target } from './target'
import { TARGETS } from './targets'
import { SOUND } from './weights-targets'
import { tryInputs } from './try-inputs'

const INPUTS = 150

describe.each(TARGETS.map((target) => [target.name, target] as const))('%s', (_, target) => {
  it('takes any input, or refuses it by an error of ours, in time and in bounds', async () => {
    const { faults, inputs, accepted, refused } = await tryInputs(target, {
      seed: 2026,
      from: 0,
      count: INPUTS,
    })
    expect(faults).toEqual([])
    expect(inputs).toBe(INPUTS)
    expect(Math.min(accepted, refused)).toBeGreaterThan(0) // else the inputs never get past the first check, or never fail
  })
})

describe('the harness', () => {
  const target = (read: Target['read']): Target => ({ name: 'x', make: () => new Uint8Array(9), read })
  const whatOf = async (read: Target['read']): Promise<string | undefined> =>
    (await tryInputs(target(read), { seed: 1, from: 7, count: 1 })).faults[0]?.what

  it('finds untyped errors, long messages, slowness and memory', async () => {
    const kept: unknown[] = []
    expect(await whatOf(async () => undefined)).toBeUndefined()
    expect(await whatOf(() => Promise.reject(new TypeError('x is not iterable')))).toMatch(
      /^threw TypeError: x is not iterable/,
    )
    const busy = async (): Promise<void> => {
      for (const started = process.cpuUsage(); process.cpuUsage(started).user < 1_100_000;);
    }
    expect(await whatOf(busy)).toMatch(/^took \d{4} ms$/)
    expect(await whatOf(async () => void kept.push(new Uint8Array(20 << 20)))).toMatch(/^took \d+\.\d MiB$/)
    expect(await whatOf(() => Promise.reject(new WeightsError('f', 'm'.repeat(5000))))).toBeUndefined() // it is cut
  })

  it('makes the same input of the same number', () => {
    for (const { make } of TARGETS) expect(make(new Random(3, 5))).toEqual(make(new Random(3, 5)))
  })
})

it('begins at samples that open', async () => {
  for (const sample of SOUND) await expect(openWeights(bufferSource('sample', sample))).resolves.toBeDefined()
})
