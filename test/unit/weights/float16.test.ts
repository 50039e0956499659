import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeFloat16,
  encodeFloat16,
  float16ToFloat32,
  float16ToFloat32Fallback,
  float32ToFloat16,
  float32ToFloat16Fallback,
} from '../../../src/weights/quant/float16'

const ALL = Uint16Array.from({ length: 65536 }, (_, code) => code)
const isNaNCode = (code: number): boolean => (code & 0x7fff) > 0x7c00

describe('float16', () => {
  it('decodes all 65536 codes as IEEE 754 says, by whichever way', () => {
    const exact = Array.from(ALL, decodeFloat16)
    expect([...float16ToFloat32(ALL)]).toEqual(exact)
    expect([...float16ToFloat32Fallback(ALL)]).toEqual(exact)
    const known = {
      0x0001: 2 ** -24,
      0x03ff: 1023 * 2 ** -24,
      0x0400: 2 ** -14,
      0x3c00: 1,
      0xc000: -2,
      0x7bff: 65504,
      0x7c00: Infinity,
      0x8000: -0,
    }
    for (const [code, value] of Object.entries(known)) expect(decodeFloat16(Number(code))).toBe(value)
  })

  it('gives every code back, and NaN as a NaN', () => {
    for (const encode of [float32ToFloat16, float32ToFloat16Fallback]) {
      const back = encode(float16ToFloat32(ALL))
      expect([...back].filter((code, i) => code !== i && !(isNaNCode(code) && isNaNCode(i)))).toEqual([])
    }
  })

  it('rounds to nearest, ties to even, at every boundary between two codes', () => {
    const wrong: string[] = []
    const float = new Float32Array(1)
    const bits = new Uint32Array(float.buffer)
    for (let code = 0; code < 0x7c00; code++) {
      // Above the largest number stands 65536 in place of infinity; halfway to it begins infinity.
      const above = code === 0x7bff ? 65536 : decodeFloat16(code + 1)
      float[0] = (decodeFloat16(code) + above) / 2 // exact in f32
      const tie = code & 1 ? code + 1 : code
      const middle = bits[0]!
      for (const [step, want] of [
        [-1, code],
        [0, tie],
        [1, code + 1],
      ] as const) {
        bits[0] = middle + step
        for (const sign of [1, -1]) {
          const got = [
            encodeFloat16(sign * float[0]),
            float32ToFloat16(Float32Array.of(sign * float[0]))[0],
            float32ToFloat16Fallback(Float32Array.of(sign * float[0]))[0],
          ]
          const need = sign < 0 ? want | 0x8000 : want
          if (got.some((one) => one !== need)) wrong.push(`${sign * float[0]}: ${got} and not ${need}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  it('agrees with itself on any f32, native or not', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 20 }), (values) => {
        const codes = [...float32ToFloat16Fallback(values)]
        const native = [...float32ToFloat16(values)]
        for (const [i, code] of codes.entries()) if (!isNaNCode(code)) expect(native[i]).toBe(code)
        expect(codes.map(isNaNCode)).toEqual([...values].map(Number.isNaN))
      }),
    )
  })

  it('reads codes that do not start at the start of their buffer', () => {
    const codes = new Uint16Array([0, 0x3c00, 0x4000]).subarray(1)
    expect([...float16ToFloat32(codes)]).toEqual([1, 2])
    expect([...float32ToFloat16(new Float32Array([9, 1, 2]).subarray(1))]).toEqual([0x3c00, 0x4000])
  })
})
