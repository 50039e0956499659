import { describe, expect, it } from 'vitest'
import { beginRun, followRun, readRun, type Followed } from '../../../src/estimate/time-left'
import { STAGES, type Stage } from '../../../src/protocol/progress'

type Plan = readonly (readonly [stage: Stage, steps: number, seconds: number])[]

const PLAN: Plan = [
  ['load', 2, 2],
  ['encode', 1, 3],
  ['denoise', 10, 40],
  ['decode', 5, 15],
  ['finish', 1, 0.5],
]
const TOTAL = PLAN.reduce((sum, [, , seconds]) => sum + seconds, 0)
const EXPECTED = Object.fromEntries(PLAN.map(([stage, , seconds]) => [stage, seconds]))

/** What is followed at a moment of a run, in seconds. */
function at(moment: number, plan: Plan = PLAN, pace = 1): Followed {
  let run = beginRun(0)
  let now = 0
  for (const [stage, steps, seconds] of plan) {
    for (let step = 0; step <= steps; step++) {
      const when = now + (pace * seconds * step) / steps
      if (when > moment) return run
      run = followRun(run, { stage, step, steps, seconds: 0 }, when * 1000)
    }
    now += pace * seconds
  }
  return run
}
const read = (moment: number, expected = EXPECTED, isMeasured = true, pace = 1) =>
  readRun(at(moment, PLAN, pace), expected, isMeasured, moment * 1000)

describe('one time left for the whole run', () => {
  it.each([0.5, 3, 5.5, 9.2, 20, 44, 50, 59])('at %d s is right where the prediction was', (moment) => {
    const { left, elapsed, done } = read(moment)
    expect(elapsed).toBe(moment)
    expect(Math.abs(left! - (TOTAL - moment))).toBeLessThan(0.1 * TOTAL)
    expect(Math.abs(done - moment / TOTAL)).toBeLessThan(0.1)
  })

  it.each([30, 60, 90, 115])('at %d s is corrected where everything takes twice as long', (moment) => {
    const { left } = read(moment, EXPECTED, true, 2)
    expect(Math.abs(left! / (2 * TOTAL - moment) - 1)).toBeLessThan(0.25)
  })

  it("never says a stage's time for the run's", () => {
    const { left } = read(43) // 2 s of denoising are left, and all of decoding
    expect(left!).toBeGreaterThan(14)
  })

  it('without a prediction is unknown until the work has shown its pace', () => {
    const unread = (moment: number) => readRun(at(moment), undefined, false, moment * 1000)
    expect(read(3, EXPECTED, false).left).toBeUndefined()
    expect(read(20, EXPECTED, false).left).toBeGreaterThan(10)
    expect(unread(20).left).toBeUndefined()
    expect(unread(52).left).toBeGreaterThan(2)
  })
})

describe('the clock', () => {
  it('moves inside the first step, and the bar with it', () => {
    const moments = [5.1, 6, 7, 8, 8.9].map((moment) => read(moment))
    for (const [i, { elapsed, left, shares, done }] of moments.slice(1).entries()) {
      const before = moments[i]!
      expect(elapsed).toBeGreaterThan(before.elapsed)
      expect(left!).toBeLessThan(before.left!)
      expect(shares.denoise).toBeGreaterThan(before.shares.denoise)
      expect(done).toBeGreaterThan(before.done)
    }
  })

  it('goes on where a step never ends, and promises nothing that is past', () => {
    const run = at(9.5)
    const readings = [10, 20, 100, 1000].map((moment) => readRun(run, EXPECTED, true, moment * 1000))
    for (const { left, shares } of readings) {
      expect(left!).toBeGreaterThan(0)
      expect(shares.denoise).toBeLessThan(1)
    }
  })

  it('never runs backwards over a run', () => {
    let before = 0
    for (let moment = 0; moment <= TOTAL; moment += 0.25) {
      const { done, shares } = read(moment)
      expect(done).toBeGreaterThanOrEqual(before - 0.02)
      before = Math.max(before, done)
      for (const stage of STAGES) expect(shares[stage]).toBeLessThanOrEqual(1)
    }
  })

  it.each([1, 5, 9, 13])(
    'at %d s of a run that goes on from its sixth step counts what is left',
    (moment) => {
      let run = followRun(beginRun(0), { stage: 'load', step: 0, steps: 1, seconds: 0 }, 0)
      for (const [step, when] of [
        [6, 1],
        [7, 5],
        [8, 9],
        [9, 13],
      ] as const)
        if (when <= moment)
          run = followRun(run, { stage: 'denoise', step, steps: 10, seconds: 0 }, 1000 * when)
      const { left, shares } = readRun(run, EXPECTED, true, 1000 * moment)
      const rest = 17 - moment + 15.5
      expect(Math.abs(left! / rest - 1)).toBeLessThan(0.15)
      expect(shares.denoise).toBeGreaterThanOrEqual(0.6)
    },
  )
})
