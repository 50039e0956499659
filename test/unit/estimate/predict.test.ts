import { describe, expect, it } from 'vitest'
import { MINI_SHAPE, SHAPES, TI2V_SHAPE, WAN_SHAPE } from '../../../src/catalogue/shapes'
import { predict, type Known } from '../../../src/estimate/predict'
import { judge } from '../../../src/estimate/verdict'
import { passesOf, tokensOf, workOf } from '../../../src/estimate/work'
import type { RunRecord } from '../../../src/protocol/estimate'

const FULL = { width: 832, height: 480, frames: 81, passes: 100 }
const known = (more: Partial<Known> = {}): Known => ({
  model: 'wan2.1-t2v-1.3b',
  shape: WAN_SHAPE,
  shapes: SHAPES,
  adapter: 'GPU',
  runs: [],
  ...more,
})
const run = (more: Partial<RunRecord>): RunRecord => ({
  model: 'wan2.1-t2v-1.3b',
  adapter: 'GPU',
  ...FULL,
  stages: {},
  at: 0,
  ...more,
})

describe('the work of a clip', () => {
  it('is what the published figures say: 283 TFLOP a pass and 275 to decode at 832 × 480 × 81', () => {
    expect(tokensOf(WAN_SHAPE, FULL)).toBe(32_760)
    const { pass, decode } = workOf(WAN_SHAPE, FULL)
    expect(pass / 1e12).toBeCloseTo(283, -1)
    expect(decode / 1e12).toBeCloseTo(275, -1)
  })

  it('of the 5B is what the published figures say: 98 TFLOP a pass and 597 to decode', () => {
    expect(tokensOf(TI2V_SHAPE, FULL)).toBe(8_190)
    const { pass, decode } = workOf(TI2V_SHAPE, FULL)
    expect(pass / 1e12).toBeCloseTo(98, -1)
    expect(decode / 1e12).toBeCloseTo(597, -1)
  })

  it('of a tiny decoder is a twentieth', () => {
    const tiny = workOf(WAN_SHAPE, { ...FULL, decoder: 'tiny' }).decode
    const upscaled = workOf(WAN_SHAPE, { ...FULL, decoder: 'tiny', upscale: 4 }).decode
    expect(upscaled).toBeGreaterThan(tiny)
    expect(workOf(WAN_SHAPE, { ...FULL, decoder: 'tiny', upscale: 2 }).decode).toBe(upscaled)
    expect(workOf(WAN_SHAPE, FULL).decode / tiny).toBeCloseTo(24, 0)
  })

  it('counts two passes a step with guidance', () => {
    expect([passesOf(50, 5), passesOf(4, 1)]).toEqual([100, 4])
  })
})

describe('the time of a clip', () => {
  /** A GPU of so many operations a second, that waits so long for each order. */
  const machine = (size: typeof FULL, shape = WAN_SHAPE, rate = 2e12, wait = 0.05): RunRecord['stages'] => {
    const { pass, decode } = workOf(shape, size)
    return { load: 4, encode: 6, denoise: size.passes * (pass / rate + wait), decode: decode / rate + wait }
  }
  const sum = (stages: RunRecord['stages']): number => Object.values(stages).reduce((a, b) => a + b, 0)

  it('is unknown on a machine that made and measured nothing', () => {
    expect(predict(known(), FULL)).toBeUndefined()
    expect(
      predict(known({ runs: [run({ adapter: 'another', stages: machine(FULL) })] }), FULL),
    ).toBeUndefined()
  })

  it('of a size that was made before is what it was', () => {
    const estimate = predict(known({ runs: [run({ stages: machine(FULL) })] }), FULL)
    expect(estimate?.source).toBe('model')
    expect(estimate?.likely).toBeCloseTo(sum(machine(FULL)), 3)
    expect(estimate!.high / estimate!.low).toBeLessThan(1.3)
  })

  it.each([
    { width: 832, height: 480, frames: 49, passes: 60 },
    { width: 416, height: 240, frames: 33, passes: 30 },
    { width: 624, height: 624, frames: 81, passes: 4 },
  ])('of another size is within a quarter, from two that were made: %j', (size) => {
    const sizes = [FULL, { width: 480, height: 272, frames: 33, passes: 20 }]
    const runs = sizes.map((each) => run({ ...each, stages: machine(each) }))
    const truth = sum(machine(size))
    const estimate = predict(known({ runs }), size)
    expect(Math.abs(estimate!.likely / truth - 1)).toBeLessThan(0.25)
    expect(estimate!.low).toBeLessThan(truth)
    expect(estimate!.high).toBeGreaterThan(truth)
  })

  it('of Mini, where the GPU waits for its orders, does not grow with the work alone', () => {
    const small = { width: 64, height: 64, frames: 33, passes: 4 }
    const large = { width: 128, height: 128, frames: 33, passes: 4 }
    const runs = [run({ ...small, model: 'mini', stages: machine(small, MINI_SHAPE) })]
    const estimate = predict(known({ model: 'mini', shape: MINI_SHAPE, runs }), large)
    const truth = sum(machine(large, MINI_SHAPE))
    expect(estimate!.low).toBeLessThan(truth * 1.25)
    expect(estimate!.likely).toBeLessThan(4 * truth)
  })

  it('of a model that was never run here comes from the ones that were', () => {
    const runs = [run({ model: 'fastwan2.1-t2v-1.3b', passes: 3, stages: machine({ ...FULL, passes: 3 }) })]
    const estimate = predict(known({ runs }), FULL)
    expect(estimate?.source).toBe('machine')
    expect(Math.abs(estimate!.likely / sum(machine(FULL)) - 1)).toBeLessThan(0.25)
  })

  it('of a machine that was only measured comes from the measurement, with room for error', () => {
    const estimate = predict(known({ speed: { teraflops: 4 } }), FULL)
    expect(estimate?.source).toBe('benchmark')
    expect(estimate!.high / estimate!.low).toBeGreaterThan(3)
    const mini = run({
      width: 64,
      height: 64,
      frames: 33,
      passes: 4,
      model: 'mini',
      stages: { denoise: 1, decode: 1 },
    })
    expect(predict(known({ speed: { teraflops: 4 }, runs: [mini] }), FULL)?.source).toBe('benchmark')
  })
})

describe('the verdict', () => {
  const time = predict(known({ runs: [run({ stages: { denoise: 10, decode: 2 } })] }), FULL)

  it.each([
    [{ time, needsBytes: 5e9, budgetBytes: 4e9 }, 'too-large'],
    [{ time, needsBytes: 3e9, budgetBytes: 4e9 }, 'ready'],
    [{ time: time && { ...time, likely: 4000 }, needsBytes: undefined, budgetBytes: undefined }, 'long'],
    [{ time: undefined, needsBytes: 3e9, budgetBytes: 4e9 }, 'unknown'],
  ])('of %j is %s', (figures, kind) => {
    expect(judge(figures).kind).toBe(kind)
  })
})
