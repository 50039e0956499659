// The guidance of a second expert, which few models have.
import { describe, expect, it } from 'vitest'
import { guidanceOf, isGuided } from '../../../src/engine/guidance'
import { limitsFor } from '../../../src/protocol/limits'
import { normaliseSettings } from '../../../src/protocol/normalise'
import type { SettingsInput } from '../../../src/protocol/settings'

const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

function checked(input: SettingsInput, own?: number) {
  const defaults = { guidanceScale: 4, ...(own !== undefined && { guidanceScale2: own }) }
  const result = normaliseSettings({ prompt: 'a', seed: 1, ...input }, limitsFor(UNITS, defaults))
  if (!result.ok) return result.reason
  const { guidanceScale, guidanceScale2 } = result.settings
  return [guidanceScale, guidanceScale2, ...result.notes]
}

describe('the second guidance', () => {
  it.each<[string, SettingsInput, unknown]>([
    ["is the model's where the first one is", {}, [4, 3]],
    ['is the one that was asked for', { guidanceScale2: '2,5' }, [4, 2.5]],
    ['is the first one where only that was asked for', { guidanceScale: 6, guidanceScale2: '' }, [6, 6]],
    ['is not below 1', { guidanceScale2: 0 }, [4, 1, 'Guidance 2 0 became 1: that turns guidance off.']],
    ['has limits', { guidanceScale2: 30 }, 'Guidance 2 must be a number from 0 to 20; 30 is outside.'],
    ['is off in few steps', { sampler: 'dmd', guidanceScale: 1 }, [1, 1]],
  ])('%s', (_, input, expected) => {
    expect(checked(input, 3)).toEqual(expected)
  })

  it('is left out, with a note, where the model has no second expert', () => {
    expect(checked({})).toEqual([4, undefined])
    expect(checked({ guidanceScale2: 3 })).toEqual([
      4,
      undefined,
      'Guidance 2 is left out: this model is one transformer.',
    ])
  })

  it('holds below the boundary', () => {
    const scale = guidanceOf({ guidanceScale: 4, guidanceScale2: 3 }, 875)
    expect([scale(999), scale(875), scale(874), scale(0)]).toEqual([4, 4, 3, 3])
    expect(guidanceOf({ guidanceScale: 5 })(10)).toBe(5)
  })

  it('asks for a negative prompt where either is over 1', () => {
    expect(isGuided({ guidanceScale: 1, guidanceScale2: 2 })).toBe(true)
    expect(isGuided({ guidanceScale: 2, guidanceScale2: 1 })).toBe(true)
    expect(isGuided({ guidanceScale: 1 })).toBe(false)
  })
})
