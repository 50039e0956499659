import { describe, expect, it } from 'vitest'
import { EasyCacheRule } from '../../../src/sampling/easy-cache'

/** A rule of 50 steps that has seen one change: rate 0.6 / 0.3 = 2, output of size 4. */
function measured(threshold = 0.05): EasyCacheRule {
  const rule = new EasyCacheRule(50, threshold)
  rule.ran()
  rule.ran({ input: 0.3, output: 0.6, outputSize: 4 })
  return rule
}

describe('EasyCache', () => {
  it.each([
    [50, 10],
    [20, 4],
    [12, 3],
    [4, 2],
  ])('of %i steps runs the first %i and the last', (steps, first) => {
    const rule = new EasyCacheRule(steps, Infinity)
    const must = Array.from({ length: steps }, (_, i) => i).filter((step) => rule.mustRun(step))
    expect(must).toEqual([...Array.from({ length: first }, (_, i) => i), steps - 1])
  })

  it('adds up what it foretells, rate · input / output, until the threshold', () => {
    const rule = measured()
    // Each step foretells 2 · 0.04 / 4 = 0.02: 0.02 and 0.04 are below 0.05, 0.06 is not.
    expect([10, 11, 12].map((step) => rule.mayReuse(step, 0.04))).toEqual([true, true, false])
    rule.ran({ input: 0.12, output: 0.12, outputSize: 2 })
    // Now 1 · 0.04 / 2 = 0.02 again, from nothing.
    expect([13, 14, 15].map((step) => rule.mayReuse(step, 0.04))).toEqual([true, true, false])
  })

  it('does not reuse at the threshold itself, nor at 0', () => {
    expect(measured(0.0625).mayReuse(20, 0.125)).toBe(false) // 2 · 0.125 / 4 = 0.0625
    expect(measured(0.0626).mayReuse(20, 0.125)).toBe(true)
    expect(measured(0).mayReuse(20, 0)).toBe(false)
  })

  it('runs the model where nothing was measured, or nothing changed', () => {
    expect(new EasyCacheRule(50, 9).mayReuse(20, 0.1)).toBe(false)
    const rule = new EasyCacheRule(50, 9)
    rule.ran({ input: 0, output: 0, outputSize: 0 })
    expect(rule.mayReuse(20, 0)).toBe(false)
  })
})
