import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstNonFinite, firstNonFiniteCode } from '../../../src/weights/finite'

describe('the first value that is not finite', () => {
  it('is found in f32 of any length, at any place', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 40 }), fc.nat(3), (values, offset) => {
        const whole = Float32Array.from([...Array<number>(offset).fill(NaN), ...values])
        const found = firstNonFinite(whole.subarray(offset))
        expect(found).toBe(Float32Array.from(values).findIndex((value) => !Number.isFinite(value)))
      }),
    )
    for (let at = 0; at < 20; at++) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const values = new Float32Array(20).fill(-3.4e38)
        values[at] = bad
        expect(firstNonFinite(values)).toBe(at)
      }
    }
  })

  it('is found in f16 codes of any length, at any place', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 40 }), fc.nat(3), (values, offset) => {
        const whole = Uint16Array.from([...Array<number>(offset).fill(0x7c00), ...values])
        const found = firstNonFiniteCode(whole.subarray(offset))
        expect(found).toBe(values.findIndex((code) => (code & 0x7c00) === 0x7c00))
      }),
    )
    for (let at = 0; at < 21; at++) {
      for (const bad of [0x7c00, 0xfc00, 0x7e01, 0xffff]) {
        const codes = new Uint16Array(21).fill(0xfbff) // the largest that is finite
        codes[at] = bad
        expect(firstNonFiniteCode(codes)).toBe(at)
      }
    }
  })
})
