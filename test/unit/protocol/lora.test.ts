import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkStrengths,
  parseLoraRecords,
  readStrengthText,
  strengthAt,
  strengthText,
} from '../../../src/protocol/lora'
import { parseRecipe } from '../../../src/protocol/recipe'

describe('a strength', () => {
  it.each([
    ['0.8', 0.8],
    ['-2', -2],
    ['−0.5', -0.5],
    ['1,1,0', [1, 1, 0]],
    ['1, 0.5', [1, 0.5]],
  ])('is read from "%s"', (text, strength) => {
    expect(readStrengthText('x', text)).toEqual(strength)
  })

  it.each(['', 'x', '2.1', '1,,0', '1,x'])('is not "%s"', (text) => {
    expect(() => readStrengthText('style.safetensors', text)).toThrow('The strength of style.safetensors is')
  })

  it('holds for every step, or the last of a list for all later ones', () => {
    expect([0, 1, 9].map((step) => strengthAt(0.5, step))).toEqual([0.5, 0.5, 0.5])
    expect([0, 1, 2, 9].map((step) => strengthAt([1, 0.5, 0], step))).toEqual([1, 0.5, 0, 0])
    expect([strengthText(0.5), strengthText([1, 0])]).toEqual(['0.5', '1, 0'])
    expect(checkStrengths('x', [0.5])).toBe(0.5)
    expect(() =>
      checkStrengths(
        'x',
        Array.from({ length: 201 }, () => 1),
      ),
    ).toThrow('x has 201 strengths; one to 200')
  })
})

describe('the LoRAs of a recipe', () => {
  const fingerprint = 'a'.repeat(64)

  it('are read back, with what the clip said of them left aside', () => {
    const found = parseRecipe({
      prompt: 'x',
      loras: [
        { file: 'style.safetensors', strength: [1, 0], fingerprint, applied: 1, of: 2, leftOut: [] },
        { file: 'other.pt', strength: -1 },
      ],
    })
    expect(found).toEqual({
      origin: 'zoetrope',
      settings: { prompt: 'x' },
      leftOut: [],
      loras: [
        { file: 'style.safetensors', strength: [1, 0], fingerprint },
        { file: 'other.pt', strength: -1 },
      ],
    })
  })

  it.each([1, {}, [1], [{ file: 'x' }], [{ file: 'x', strength: 9 }], [{ file: '', strength: 1 }]])(
    'are named as left out where they are damaged: %j',
    (loras) => {
      expect(parseRecipe({ prompt: 'x', loras })?.leftOut).toEqual(['loras'])
    },
  )

  it('never throw', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseLoraRecords(value)))
  })
})
