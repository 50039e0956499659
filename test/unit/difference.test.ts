import { describe, expect, it } from 'vitest'
import { findDifference, showDifference, takeComparisons } from '../support/difference'
import { relativeError } from '../support/error'
import { compare } from '../support/golden'

describe('a difference', () => {
  it('names the worst element, the share of wrong ones and those that are not numbers', () => {
    const expected = [1, 1, 1, 1]
    expect(findDifference([1, 1.005, 3, 0.5], expected)).toEqual({
      worst: 2,
      actual: 3,
      expected: 1,
      wrongShare: 0.5,
      nanCount: 0,
    })
    expect(findDifference([9, NaN, 1, NaN], expected)).toMatchObject({
      worst: 1,
      wrongShare: 0.75,
      nanCount: 2,
    })
    expect(findDifference([], [])).toMatchObject({ wrongShare: 0, nanCount: 0 })
  })

  it('is a line', () => {
    expect(showDifference('velocity', 0.31, 64, findDifference([1.5, 0, 0, 0], [0.5, 0, 0, 0]))).toBe(
      'velocity: relative 3.1e-1, worst at 0 of 64: 1.5 where 0.5 is expected, 25 % wrong, 0 NaN',
    )
  })

  it('is kept of every comparison, until it is taken', () => {
    takeComparisons()
    relativeError([1, 2], [1, 1])
    compare('latents', [NaN], [1])
    expect(takeComparisons()).toEqual([
      'result: relative 7.1e-1, worst at 1 of 2: 2 where 1 is expected, 50 % wrong, 0 NaN',
      'latents: relative NaN, worst at 0 of 1: NaN where 1 is expected, 100 % wrong, 1 NaN',
    ])
    expect(takeComparisons()).toEqual([])
  })
})
