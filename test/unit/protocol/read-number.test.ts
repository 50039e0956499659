import { expect, it } from 'vitest'
import { limitsFor } from '../../../src/protocol/limits'
import { normaliseSettings } from '../../../src/protocol/normalise'
import { readNumberText } from '../../../src/protocol/read-number'

/** Of Wan 2.1's latents. */
const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

it.each([
  ['7.5', 7.5],
  ['5,5', 5.5],
  [' 12 ', 12],
  ['-3', -3],
  ['−3', -3],
  ['1e3', 1000],
  ['7,5e1', 75],
  ['1,234.5', 1234.5],
  ['１２．５', 12.5], // full-width
  ['７，５', 7.5],
  ['٧٫٥', 7.5], // Arabic
  ['۸۳۲', 832], // Persian
  ['५०', 50], // Devanagari
  ['๕๐', 50], // Thai
  ['𝟜𝟚', 42], // mathematical
])('%j is %d', (text, number) => {
  expect(readNumberText(text)).toBe(number)
})

it.each(['', 'wide', '5,5,5', '1.2.3', '1,5.2,3', '0x10', 'Infinity', '１２px', '٧٫٥٫٥', '五'])(
  '%j is none',
  (text) => {
    expect(readNumberText(text)).toBeNaN()
  },
)

it('the gate for settings reads them', () => {
  const checked = normaliseSettings(
    { prompt: 'x', guidanceScale: '5,5', width: '８３２', seed: '٤٢' },
    limitsFor(UNITS),
  )
  expect(checked).toMatchObject({ ok: true, settings: { guidanceScale: 5.5, width: 832, seed: 42 } })
})
