// A denoising loop that goes on from any of its steps gives the same bits: every sampler, with guidance, EasyCache, a
// held picture and two experts.
import { describe, expect, it } from 'vitest'
import { linearCombination } from '../../src/gpu/kernels/linear_combination'
import type { Ops } from '../../src/gpu/ops'
import { SAMPLERS } from '../../src/protocol/samplers'
import { denoise } from '../../src/sampling/denoise'
import { gaussianNoise } from '../../src/sampling/rng'
import type { StoredState } from '../../src/sampling/sampler-state'
import { createSampler } from '../../src/sampling/samplers'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'

const SHAPE = [16, 2, 4, 6] as const
const COUNT = 16 * 2 * 4 * 6

interface Case {
  readonly sampler: string
  readonly steps: number
  readonly isGuided: boolean
  readonly cacheThreshold?: number
  /** Whether the first frame is held. */
  readonly isHeld?: boolean
  readonly boundary?: number
}

const CASES: Case[] = [
  ...SAMPLERS.map(({ id, fewSteps }) => ({
    sampler: id,
    steps: fewSteps ? fewSteps.steps.max : 5,
    isGuided: id === 'unipc',
  })),
  { sampler: 'unipc', steps: 12, isGuided: true, cacheThreshold: 0.3 },
  { sampler: 'euler', steps: 12, isGuided: false, cacheThreshold: 0.3 },
  { sampler: 'unipc', steps: 12, isGuided: true, cacheThreshold: 0.3, boundary: 800 },
  ...['unipc', 'dpm++', 'euler'].map((sampler) => ({ sampler, steps: 5, isGuided: true, isHeld: true })),
  { sampler: 'unipc', steps: 12, isGuided: true, isHeld: true, cacheThreshold: 0.3 },
]

/** The first frame, where it is held. */
const PICTURE = { shape: [16, 1, 4, 6], values: randomFloats(16 * 4 * 6, 3) } as const

interface Made {
  readonly latents: Uint8Array
  readonly states: StoredState[]
  readonly ran: number
  readonly reused: number | undefined
}

/** Through JSON, as the disk has it. */
const kept = ({ facts, parts }: StoredState): StoredState => ({
  facts: JSON.parse(JSON.stringify(facts)) as StoredState['facts'],
  parts: parts.map((part) => part.slice()),
})

async function make(
  ops: Ops,
  { sampler, steps, isGuided, isHeld = false, cacheThreshold, boundary }: Case,
  from?: StoredState,
): Promise<Made> {
  const before = ops.pool.mark()
  const drift = [1, 2].map((seed) => ops.upload(randomFloats(COUNT, seed), SHAPE, 'f32', 'drift'))
  const noise = ops.upload(gaussianNoise(7, 0, COUNT), SHAPE, 'f32', 'noise')
  const held = isHeld ? [{ latents: ops.upload(PICTURE.values, PICTURE.shape, 'f32', 'held'), first: 0 }] : []
  const states: StoredState[] = []
  let [ran, reused]: [number, number | undefined] = [0, undefined]
  const latents = await denoise(
    ops,
    {
      noise,
      seed: 7,
      async velocities(x, { timestep }) {
        ran += 1
        const answer = (i: number) =>
          linearCombination(
            ops,
            [
              { tensor: x, coefficient: 0.9 },
              { tensor: drift[i]!, coefficient: timestep / 1000 },
            ],
            'velocity',
          )
        return { conditional: answer(0), ...(isGuided && { unconditional: answer(1) }) }
      },
      guidanceScale: 3,
      sampler: createSampler(sampler, steps, 5),
      held,
      ...(cacheThreshold !== undefined && { cacheThreshold }),
      ...(boundary !== undefined && { boundary }),
      ...(from && { from }),
    },
    {
      onReused: (count) => (reused = count),
      onState: async (state) => void states.push(kept(state)),
    },
  )
  const bytes = await ops.readBytes(latents)
  ops.release(latents, noise, ...drift, ...held.map((each) => each.latents))
  expect(
    [...ops.pool.mark()].filter((each) => !before.has(each)),
    'memory left behind',
  ).toEqual([])
  return { latents: bytes, states, ran, reused }
}

function firstFrame({ buffer, byteOffset }: Uint8Array): Float32Array {
  const [, T, H, W] = SHAPE
  const latents = new Float32Array(buffer, byteOffset, COUNT)
  return Float32Array.from(PICTURE.values, (_, i) => {
    const [c, pixel] = [Math.floor(i / (H * W)), i % (H * W)]
    return latents[c * T * H * W + pixel]!
  })
}

describe.each(quickCases().slice(0, 1))('a run that goes on, on $name', (gpuCase) => {
  it.each(CASES)(
    '$sampler, $steps steps, EasyCache $cacheThreshold, held $isHeld, boundary $boundary',
    async (given) => {
      const { ops } = await testGpu(gpuCase)
      const whole = await make(ops, given)
      expect(whole.states.map(({ facts }) => facts.done)).toEqual(
        Array.from({ length: given.steps }, (_, i) => i + 1),
      )
      if (given.cacheThreshold !== undefined) expect(whole.reused).toBeGreaterThan(0)
      if (given.isHeld) expect(firstFrame(whole.latents)).toEqual(PICTURE.values)
      for (const state of whole.states) {
        const rest = await make(ops, given, state)
        const at = `after step ${state.facts.done}`
        expect(rest.latents, at).toEqual(whole.latents)
        expect(rest.reused, at).toBe(whole.reused)
        expect(rest.states, at).toEqual(whole.states.slice(state.facts.done))
      }
    },
  )

  it('keeps no more tensors than the steps to come read', async () => {
    const { ops } = await testGpu(gpuCase)
    const names = async (sampler: string, steps: number): Promise<string[]> =>
      (await make(ops, { sampler, steps, isGuided: false })).states.map(({ facts }) => facts.names.join(' '))
    expect(await names('euler', 3)).toEqual(['x', 'x', 'x'])
    expect(await names('unipc', 4)).toEqual([
      'x lastX x0Prev',
      'x lastX x0Prev x0Prev2',
      'x lastX x0Prev x0Prev2',
      'x',
    ])
    expect(await names('dpm++', 4)).toEqual(['x', 'x x0Prev', 'x', 'x'])
    expect(await names('dmd', 3)).toEqual(['x', 'x', 'x'])
  })

  it('refuses bytes that are of no such state', async () => {
    const { ops } = await testGpu(gpuCase)
    const given = { sampler: 'euler', steps: 3, isGuided: false }
    const [{ facts } = expect.fail('no state')] = (await make(ops, given)).states
    await expect(make(ops, given, { facts, parts: [new Uint8Array(4)] })).rejects.toThrow(
      'A kept step has 4 bytes',
    )
  })
})
