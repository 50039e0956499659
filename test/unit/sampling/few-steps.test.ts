// The recipes of distilled models, against numbers worked out by hand: every formula stands here in full, in f64.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tableSigma } from '../../../src/sampling/dmd'
import { advance, needsNoise, type Combine, type History } from '../../../src/sampling/history'
import { angleToSigma } from '../../../src/sampling/rcm'
import { createSampler } from '../../../src/sampling/samplers'
import type { Sampler } from '../../../src/sampling/types'

/** The linear combination of the GPU kernel, in f64, for one element. */
const combine: Combine<number> = (terms) =>
  terms.reduce((sum, { tensor, coefficient }) => sum + coefficient * tensor, 0)

/** `x` and the predicted x0 after each step, for one element. */
function run(
  sampler: Sampler,
  noise: readonly number[],
  velocity: (x: number, timestep: number) => number,
): { x: number; x0: number }[] {
  let history: History<number> = { x: noise[0]! * sampler.startScale }
  return sampler.timesteps.map((timestep, i) => {
    ;({ history } = advance(
      history,
      sampler.step(i),
      { velocity: velocity(history.x, timestep), noise: noise[i + 1]! },
      combine,
    ))
    return { x: history.x, x0: history.x0Prev! }
  })
}

const RECIPES: readonly { name: string; steps: readonly number[] }[] = [
  { name: 'dmd', steps: [3] },
  { name: 'dmd-warped', steps: [3] },
  { name: 'rcm', steps: [1, 2, 3, 4] },
  { name: 'self-forcing', steps: [1, 2, 3, 4] },
]

describe('dmd', () => {
  it('has the timesteps of FastWan, and the levels of its table of shift 8', () => {
    const { timesteps, sigmas } = createSampler('dmd', 3, 8)
    expect(timesteps).toEqual([1000, 757, 522])
    // Base 0.280 gives 8·0.28/(1 + 7·0.28) = 2.24/2.96 = 0.75676, base 0.281 gives 0.75767: the first is nearer to
    // 0.757.
    // Base 0.120 gives 0.96/1.84 = 0.52174, and 0.121 would give 0.52408.
    expect(sigmas).toEqual([1, 2.24 / 2.96, 0.96 / 1.84, 0])
  })

  it('takes the nearest entry of the table for any timestep', () => {
    const table = (shift: number): number[] =>
      Array.from({ length: 1000 }, (_, k) => (shift * (k + 1)) / 1000 / (1 + ((shift - 1) * (k + 1)) / 1000))
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1000, noNaN: true }),
        fc.integer({ min: 1, max: 12 }),
        (timestep, shift) => {
          const nearest = Math.min(...table(shift).map((sigma) => Math.abs(1000 * sigma - timestep)))
          expect(Math.abs(1000 * tableSigma(timestep, shift) - timestep)).toBeCloseTo(nearest, 9)
        },
      ),
      { numRuns: 50 },
    )
    expect(tableSigma(1000, 1)).toBe(1)
    expect(tableSigma(757, 1)).toBe(0.757)
  })

  it('goes x0 = x − σv, x ← (1 − σ′)x0 + σ′·noise', () => {
    const noise = [0.5, -1.25, 2, 99]
    const v = (x: number, t: number): number => 0.3 * x - t / 2000
    const [s1, s2] = [2.24 / 2.96, 0.96 / 1.84]
    const x0 = 0.5 - 1 * (0.3 * 0.5 - 0.5)
    const x1 = (1 - s1) * x0 + s1 * -1.25
    const y0 = x1 - s1 * (0.3 * x1 - 0.3785)
    const x2 = (1 - s2) * y0 + s2 * 2
    const z0 = x2 - s2 * (0.3 * x2 - 0.261)
    const steps = run(createSampler('dmd', 3, 8), noise, v)
    const expected = [
      { x: x1, x0 },
      { x: x2, x0: y0 },
      { x: z0, x0: z0 },
    ]
    for (const [i, step] of steps.entries()) {
      expect(step.x).toBeCloseTo(expected[i]!.x, 14)
      expect(step.x0).toBeCloseTo(expected[i]!.x0, 14)
    }
  })
})

describe('dmd-warped', () => {
  it('shifts the timesteps of FastWan too', () => {
    const { timesteps, sigmas } = createSampler('dmd-warped', 3, 5)
    // 5·0.757/(1 + 4·0.757) = 3.785/4.028, 5·0.522/(1 + 4·0.522) = 2.61/3.088.
    for (const [i, sigma] of [1, 3.785 / 4.028, 2.61 / 3.088].entries()) {
      expect(sigmas[i]).toBeCloseTo(sigma, 12)
      expect(timesteps[i]).toBeCloseTo(1000 * sigma, 9)
    }
    expect(sigmas[3]).toBe(0)
  })
})

describe('rcm', () => {
  it('turns angles into levels: tan a is noise over signal', () => {
    const { timesteps, sigmas, startScale } = createSampler('rcm', 4, 1)
    const expected = [
      80 / 81,
      14.101419947171719 / 15.101419947171719,
      5.797883715482887 / 6.797883715482887,
      1.5574077246549023 / 2.5574077246549023,
      0,
    ]
    for (const [i, sigma] of sigmas.entries()) expect(sigma).toBeCloseTo(expected[i]!, 14)
    expect(timesteps).toEqual(sigmas.slice(0, 4).map((sigma) => 1000 * sigma))
    expect(timesteps.map((timestep) => Math.round(timestep * 10) / 10)).toEqual([987.7, 933.8, 852.9, 609])
    expect(startScale).toBe(sigmas[0])
  })

  it.each([1, 2, 3])('begins the same with %i steps', (steps) => {
    expect(createSampler('rcm', steps, 1).timesteps).toEqual(
      createSampler('rcm', 4, 1).timesteps.slice(0, steps),
    )
  })

  it('is TrigFlow in the coordinates of a flow model', () => {
    // TrigFlow: y = cos a·x0 + sin a·noise. The network sees y/(cos a + sin a), and x0 = (y − sin a·v)/(cos a + sin a).
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1.5582, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (a, y, v) => {
          const [sum, sigma] = [Math.cos(a) + Math.sin(a), angleToSigma(a)]
          expect(y / sum - sigma * v).toBeCloseTo((y - Math.sin(a) * v) / sum, 12)
          // (cos b·x0 + sin b·noise)/(cos b + sin b) is (1 − σ)x0 + σ·noise.
          expect((Math.cos(a) * y + Math.sin(a) * v) / sum).toBeCloseTo((1 - sigma) * y + sigma * v, 12)
        },
      ),
    )
  })

  it('starts from σ·noise and goes two steps', () => {
    const noise = [2, -0.5, 99]
    const [s0, s1] = [80 / 81, 14.101419947171719 / 15.101419947171719]
    const v = (x: number, t: number): number => x - t / 1000
    const x = 2 * s0
    const x0 = x - s0 * (x - s0)
    const x1 = (1 - s1) * x0 + s1 * -0.5
    const y0 = x1 - s1 * (x1 - s1)
    const steps = run(createSampler('rcm', 2, 1), noise, v)
    expect(steps[0]!.x).toBeCloseTo(x1, 13)
    expect(steps[1]!.x).toBeCloseTo(y0, 13)
  })
})

describe('self-forcing', () => {
  it('has the list 1000, 750, 500, 250 warped by shift 5', () => {
    const { timesteps, sigmas } = createSampler('self-forcing', 4, 5)
    // 5b/(1 + 4b) at b = 0.75, 0.5, 0.25.
    const expected = [1, 3.75 / 4, 2.5 / 3, 1.25 / 2, 0]
    for (const [i, sigma] of sigmas.entries()) expect(sigma).toBeCloseTo(expected[i]!, 14)
    for (const [i, timestep] of [1000, 937.5, 833.3333333333334, 625].entries())
      expect(timesteps[i]).toBeCloseTo(timestep, 10)
  })

  it('has the two-step and the one-step list too', () => {
    expect(createSampler('self-forcing', 2, 5).timesteps.map(Math.round)).toEqual([1000, 833])
    expect(createSampler('self-forcing', 1, 5).timesteps).toEqual([1000])
  })
})

describe.each(RECIPES.flatMap(({ name, steps }) => steps.map((n) => ({ name, n }))))(
  '$name with $n steps',
  ({ name, n }) => {
    const sampler = createSampler(name, n, 5)

    it('gives back the picture at every step where the velocity is perfect', () => {
      const noise = [0.4, -1.1, 0.2, 2.5, 0]
      const picture = -0.7
      // Of x = (1 − σ)·picture + σ·n the velocity n − picture leads home; n is what x says it is.
      for (const { x0 } of run(sampler, noise, (x, t) => {
        const sigma = sampler.sigmas[sampler.timesteps.indexOf(t)]!
        return (x - (1 - sigma) * picture) / sigma - picture
      })) {
        expect(x0).toBeCloseTo(picture, 14)
      }
    })

    it('puts on the noise of the next level, and none at the end', () => {
      for (let i = 0; i < n; i++) {
        const { next, x0 } = sampler.step(i)
        const target = sampler.sigmas[i + 1]!
        expect(x0).toEqual([
          { tensor: 'x', coefficient: 1 },
          { tensor: 'velocity', coefficient: -sampler.sigmas[i]! },
        ])
        expect(needsNoise(sampler.step(i))).toBe(i < n - 1)
        expect(next).toEqual(
          i < n - 1
            ? [
                { tensor: 'x0', coefficient: 1 - target },
                { tensor: 'noise', coefficient: target },
              ]
            : [{ tensor: 'x0', coefficient: 1 }],
        )
      }
    })

    it('falls', () => {
      for (let i = 0; i < n; i++) expect(sampler.sigmas[i]).toBeGreaterThan(sampler.sigmas[i + 1]!)
    })
  },
)

it('other numbers of steps are refused', () => {
  expect(() => createSampler('dmd', 4, 8)).toThrow('The number of steps is 4; with dmd it must be 3.')
  expect(() => createSampler('rcm', 5, 8)).toThrow(
    'The number of steps is 5; with rcm it must be a whole number from 1 to 4.',
  )
  expect(() => createSampler('self-forcing', 1.5, 8)).toThrow(RangeError)
  expect(() => createSampler('dmd', 3, 0)).toThrow('The shift is 0')
  expect(() => createSampler('self-forcing', 4, NaN)).toThrow('The shift is NaN')
})

it('a step that wants noise and gets none says so', () => {
  expect(() => advance({ x: 1 }, createSampler('dmd', 3, 8).step(0), { velocity: 0 }, combine)).toThrow(
    'needs fresh noise',
  )
})
