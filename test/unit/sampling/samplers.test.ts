import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, type Combine, type History } from '../../../src/sampling/history'
import { createSampler, SAMPLER_FACTORIES } from '../../../src/sampling/samplers'
import type { Sampler } from '../../../src/sampling/types'
import { compare, openGolden } from '../../support/golden'

/** Those that add no noise on the way and take any number of steps; the others have few-steps.test.ts. */
const SOLVERS = ['unipc', 'dpm++', 'euler'] as const

type Velocity = (x: readonly number[], timestep: number, sigma: number) => number[]

/** The linear combination of the GPU kernel, in f64. */
const combine: Combine<readonly number[]> = (terms) =>
  terms[0]!.tensor.map((_, i) =>
    terms.reduce((sum, { tensor, coefficient }) => sum + coefficient * tensor[i]!, 0),
  )

/** `x` after each step. */
function run(sampler: Sampler, start: readonly number[], velocity: Velocity): (readonly number[])[] {
  let history: History<readonly number[]> = { x: start }
  return sampler.timesteps.map((timestep, i) => {
    ;({ history } = advance(
      history,
      sampler.step(i),
      { velocity: velocity(history.x, timestep, sampler.sigmas[i]!) },
      combine,
    ))
    return history.x
  })
}

describe('samplers against the official implementation', async () => {
  const golden = await openGolden('samplers.golden')
  const A = await golden.floats('toy.A')
  const b = await golden.floats('toy.b')
  const start = [...(await golden.floats('toy.x'))]
  const n = start.length
  const toy: Velocity = (x, t) =>
    x.map((_, i) => x.reduce((sum, xj, j) => sum + A[i * n + j]! * xj, b[i]! * Math.cos(t / 300)))
  const cases = [...golden.tensors.keys()].flatMap((key) => {
    const match = /^(unipc|dpm\+\+)\.(\d+)\.([\d.]+)\.trajectory$/.exec(key)
    return match
      ? [
          {
            name: match[1] as 'unipc' | 'dpm++',
            steps: Number(match[2]),
            shift: Number(match[3]),
            prefix: key.slice(0, -'trajectory'.length),
          },
        ]
      : []
  })

  it('covers both samplers', () => {
    for (const name of ['unipc', 'dpm++']) expect(cases.some((one) => one.name === name)).toBe(true)
  })

  it.each(cases)('$name, $steps steps, shift $shift', async ({ name, steps, shift, prefix }) => {
    const sampler = createSampler(name, steps, shift)
    expect(sampler.timesteps).toEqual([...(await golden.floats(`${prefix}timesteps`))])
    expect(sampler.sigmas).toEqual([...(await golden.floats(`${prefix}sigmas`))])
    // The reference is f32: half an ulp (6e-8) a step, carried along; the worst of these cases has 4e-7.
    const { relError } = compare(
      prefix,
      run(sampler, start, toy).flat(),
      await golden.floats(`${prefix}trajectory`),
    )
    expect(relError).toBeLessThan(1e-6)
  })
})

describe('samplers against exact solutions', () => {
  it.each(SOLVERS)('%s goes straight to a single picture', (name) => {
    const picture = [1, -2, 0.25]
    for (const steps of [1, 2, 3, 7]) {
      const end = run(createSampler(name, steps, 3), [0.3, 0.7, -0.5], (x, _, sigma) =>
        x.map((xi, i) => (xi - picture[i]!) / sigma),
      ).at(-1)!
      expect(compare(name, end, picture).maxError).toBeLessThan(1e-14)
    }
  })

  // Data with the variance s²: at level σ the latents have (1 − σ)²s² + σ², the best velocity is known, and so is the
  // path.
  const s2 = 0.49
  const variance = (sigma: number): number => (1 - sigma) ** 2 * s2 + sigma ** 2
  const gaussian: Velocity = (x, _, sigma) =>
    x.map((xi) => (xi - ((1 - sigma) * s2 * xi) / variance(sigma)) / sigma)
  const errorAfter = (name: (typeof SOLVERS)[number], steps: number): number => {
    const sampler = createSampler(name, steps, 3)
    const i = steps * 0.6 // away from the end, where log((1 − σ)/σ) runs to infinity and no step is small
    const exact = Math.sqrt(variance(sampler.sigmas[i]!) / variance(sampler.sigmas[0]!))
    return Math.abs(run(sampler, [1], gaussian)[i - 1]![0]! - exact)
  }

  it.each([
    ['euler', 1],
    ['dpm++', 2],
    ['unipc', 3], // the corrector adds one to the order 2 of the predictor
  ] as const)('%s has order %i', (name, order) => {
    const found = Math.log2(errorAfter(name, 100) / errorAfter(name, 200))
    expect(Math.abs(found - order)).toBeLessThan(0.2)
  })
})

describe('plans', () => {
  const anySampler = fc.constantFrom(...SOLVERS)
  const anyShift = fc.double({ min: 0.1, max: 20, noNaN: true })

  it('keep a constant: the weights of next and corrected sum to 1, as x0 = x where the velocity is 0', () => {
    fc.assert(
      fc.property(anySampler, fc.integer({ min: 1, max: 60 }), anyShift, (name, steps, shift) => {
        const trajectory = run(createSampler(name, steps, shift), [1], () => [0])
        for (const [x] of trajectory) expect(x).toBeCloseTo(1, 9)
      }),
      { numRuns: 60 },
    )
  })

  it('name only what the history has, at most five tensors, and end in x0', () => {
    fc.assert(
      fc.property(anySampler, fc.integer({ min: 1, max: 30 }), anyShift, (name, steps, shift) => {
        const sampler = createSampler(name, steps, shift)
        for (let i = 0; i < steps; i++) {
          const { x0, corrected, next, timestep, sigma } = sampler.step(i)
          for (const terms of [x0, next, ...(corrected ? [corrected] : [])]) {
            expect(terms.length).toBeGreaterThan(0)
            expect(terms.length).toBeLessThanOrEqual(5)
          }
          expect([timestep, sigma]).toEqual([sampler.timesteps[i], sampler.sigmas[i]])
        }
        if (name !== 'euler') expect(sampler.step(steps - 1).next).toEqual([{ tensor: 'x0', coefficient: 1 }])
      }),
      { numRuns: 60 },
    )
  })

  it('release every tensor once, and hold four at most', () => {
    for (const name of SAMPLER_FACTORIES.map(({ id }) => id)) {
      const live = new Set<object>()
      const make = (): object => {
        const tensor = {}
        live.add(tensor)
        return tensor
      }
      const sampler = createSampler(name, name.startsWith('dmd') ? 3 : 4, 5)
      let history: History<object> = { x: make() }
      for (let i = 0; i < sampler.timesteps.length; i++) {
        const step = advance(history, sampler.step(i), { velocity: {}, noise: {} }, make)
        for (const tensor of step.dropped) expect(live.delete(tensor)).toBe(true)
        history = step.history
        expect(live).toEqual(new Set(Object.values(history)))
        expect(live.size).toBeLessThanOrEqual(4)
      }
    }
  })

  it('run in order', () => {
    const sampler = createSampler('unipc', 4, 5)
    expect(() => advance({ x: [1] }, sampler.step(2), { velocity: [1] }, combine)).toThrow(
      /needs lastX.*in order/,
    )
    expect(() => sampler.step(4)).toThrow('Step 4 was asked for; this sampler has the steps 0 to 3.')
    expect(() => sampler.step(-1)).toThrow(RangeError)
  })

  it('refuse steps, shifts and names that are none', () => {
    for (const steps of [0, -1, 1.5, NaN, 1001])
      expect(() => createSampler('euler', steps, 5)).toThrow(`The number of steps is ${steps}`)
    for (const shift of [0, -3, NaN, Infinity])
      expect(() => createSampler('unipc', 4, shift)).toThrow(`The shift is ${shift}`)
    expect(() => createSampler('toString' as 'euler', 4, 1)).toThrow(
      'There is no sampler "toString"; choose unipc, dpm++, euler, dmd, dmd-warped, rcm, self-forcing.',
    )
  })
})
