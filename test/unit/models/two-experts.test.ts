// The two experts of a denoiser: which of them is there, and when.
import { describe, expect, it } from 'vitest'
import { dryOps, type Ops } from '../../../src/gpu/ops'
import type { Denoiser, Prepared } from '../../../src/models/family'
import { openExperts, type OpenExpert } from '../../../src/models/two-experts'

const BOUNDARY = 900

/** Experts that write down what happens to them. */
function writingDown(events: string[]): OpenExpert {
  const expert = (noise: string): Denoiser => ({
    prepare: async ({ text }) => {
      events.push(`${noise} prepares ${text.length}`)
      return { release: () => void events.push(`${noise} forgets`) }
    },
    async velocity(x) {
      events.push(`${noise} predicts`)
      return x
    },
    release: async () => void events.push(`${noise} leaves`),
  })
  return async (noise) => {
    events.push(`${noise} comes`)
    return expert(noise)
  }
}

function start(open: OpenExpert, ops: Ops = dryOps('f32', Infinity), onLoaded?: () => void) {
  const experts = openExperts({ ops, ...(onLoaded && { onLoaded }) }, open, BOUNDARY)
  const x = ops.create([1], 'f32', 'x')
  const at = (timestep: number, given: Prepared) =>
    experts.velocity(x, { values: [timestep] }, given as Awaited<ReturnType<typeof experts.prepare>>)
  const prompt = (tokens: number) => experts.prepare({ text: new Float32Array(tokens) })
  return { experts, x, at, prompt }
}

describe('two experts', () => {
  it('are on the GPU one after the other, and prepare for themselves', async () => {
    const events: string[] = []
    const { experts, x, at, prompt } = start(writingDown(events), undefined, () => events.push('loaded'))
    const [one, two] = [await prompt(1), await prompt(2)]
    await at(900, one)
    await at(950, two)
    await experts.velocity(x, { values: [0, 899], rowOf: 'frame' }, one)
    await at(100, one)
    await at(100, two)
    one.release()
    two.release()
    await experts.release()
    expect(events).toEqual([
      'high comes',
      'loaded',
      'high prepares 1',
      'high predicts',
      'high prepares 2',
      'high predicts',
      'high forgets',
      'high forgets',
      'high leaves',
      'low comes',
      'loaded',
      'low prepares 1',
      'low predicts',
      'low predicts',
      'low prepares 2',
      'low predicts',
      'low forgets',
      'low forgets',
      'low leaves',
    ])
  })

  it('are read only where they predict: not the first one in a run that goes on with the second', async () => {
    const events: string[] = []
    const { experts, at, prompt } = start(writingDown(events))
    const [one, unused] = [await prompt(1), await prompt(2)]
    await at(500, one)
    await experts.release()
    one.release()
    unused.release()
    expect(events).toEqual(['low comes', 'low prepares 1', 'low predicts', 'low forgets', 'low leaves'])
  })

  it('leave once where the second cannot be opened, so that its error is what is told', async () => {
    const events: string[] = []
    const open = writingDown(events)
    const lost = new Error('The file was lost.')
    const { experts, at, prompt } = start((noise) => (noise === 'low' ? Promise.reject(lost) : open(noise)))
    const one = await prompt(1)
    await at(950, one)
    await expect(at(100, one)).rejects.toBe(lost)
    one.release()
    await experts.release()
    expect(events).toEqual(['high comes', 'high prepares 1', 'high predicts', 'high forgets', 'high leaves'])
  })

  it.each([
    ['larger', 4000, 1000],
    ['smaller', 1000, 4000],
  ])('take the memory of one where the first is the %s', async (_, high, low) => {
    const ops = dryOps('f32', Infinity)
    const { experts, x, at, prompt } = start(async (noise) => {
      const weights = ops.create([256, noise === 'high' ? high : low], 'f32', noise)
      return {
        prepare: async () => ({ release() {} }),
        velocity: async (latents) => latents,
        release: async () => ops.release(weights),
      }
    }, ops)
    const one = await prompt(1)
    await at(950, one)
    await at(100, one)
    expect(ops.pool.highWater).toBe(4 * 256 * 4000 + 256) // and x
    await experts.release()
    ops.release(x)
    ops.pool.trim()
    expect(ops.pool.bytes).toBe(0)
  })
})
