import { describe, expect, it } from 'vitest'
import { matchedTo, statisticsOf } from '../../../src/sampling/match-statistics'

describe('statistics of latents', () => {
  it('are the mean and deviation of each channel', () => {
    const { mean, deviation } = statisticsOf(Float32Array.of(1, 3, 1, 3, 5, 5, 5, 5), [2, 1, 2, 2])
    expect(mean).toEqual([2, 5])
    expect(deviation).toEqual([1, 0])
  })

  it('are matched more and more: not in the first frame, half in the middle, wholly in the last', () => {
    // Every frame has the mean 2 and the deviation 1 of the whole channel.
    const latents = Float32Array.of(1, 3, 1, 3, 1, 3)
    const matched = matchedTo({ mean: [10], deviation: [2] }, latents, [1, 3, 1, 2])
    expect([...matched]).toEqual([1, 3, 4.5, 7.5, 8, 12])
    expect([...latents]).toEqual([1, 3, 1, 3, 1, 3])
  })

  it('of a channel of one value become the mean, and nothing is divided by zero', () => {
    const matched = matchedTo({ mean: [4], deviation: [2] }, Float32Array.of(1, 1), [1, 2, 1, 1])
    expect([...matched]).toEqual([1, 4])
  })

  it('of one frame stay as they are', () => {
    const latents = Float32Array.of(1, 2, 3, 4)
    expect(matchedTo({ mean: [9], deviation: [9] }, latents, [1, 1, 2, 2])).toEqual(latents)
  })
})
