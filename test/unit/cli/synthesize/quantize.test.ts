import { describe, expect, it } from 'vitest'
import { quantize, type QuantizedType } from '../../../../src/cli/synthesize/quantize'
import { BLOCK_TYPES } from '../../../../src/weights/quant/block-types'
import { dequantize } from '../../../../src/weights/quant/dequantize'
import { relativeError } from '../../../support/error'
import { randomFloats } from '../../../support/random'

/**
 * Relative error on uniform weights: a step of the range over √12, for 255, 15, 31 and 63 steps; scales cost a
 * little.
 */
const ERRORS: readonly (readonly [QuantizedType, number])[] = [
  ['Q8_0', 0.0039],
  ['Q4_K', 0.066],
  ['Q5_K', 0.033],
  ['Q6_K', 0.016],
]

describe.each(ERRORS)('%s', (type, error) => {
  const { elements, bytes } = BLOCK_TYPES[type]
  const through = (values: Float32Array): Float32Array => dequantize(quantize(values, type), type)

  it('keeps uniform weights within its steps', () => {
    const values = randomFloats(elements * 64, 5).map((value) => value * 0.044)
    expect(quantize(values, type)).toHaveLength(bytes * 64)
    const found = relativeError(through(values), values)
    expect(found).toBeLessThan(error)
    expect(found).toBeGreaterThan(error / 2) // not another type's
  })

  it('gives every element of a block its own value', () => {
    // One large weight at each place in turn, among small ones: it must come back there.
    for (let i = 0; i < elements; i++) {
      const values = new Float32Array(elements).fill(0.001)
      values[i] = 1
      const back = through(values)
      expect(back[i], `element ${i}`).toBeGreaterThan(0.95)
      expect(back.filter((value) => value > 0.5)).toHaveLength(1)
    }
  })

  it('takes zeros, one sign alone, and very small weights', () => {
    expect(through(new Float32Array(elements)).every((value) => value === 0)).toBe(true)
    for (const sign of [1, -1]) {
      const values = randomFloats(elements, 7).map((value) => sign * (1 + 0.2 * value))
      expect(relativeError(through(values), values)).toBeLessThan(0.04)
    }
    expect(through(new Float32Array(elements).fill(1e-9)).every(Number.isFinite)).toBe(true)
  })

  it('needs whole blocks', () => {
    expect(() => quantize(new Float32Array(elements + 1), type)).toThrow(/not whole blocks/)
  })
})

it('rounds Q8_0 in f32 with halves away from zero, as ggml does', () => {
  // d = 1: 127 is the largest, so every value is its own quant before rounding.
  const values = new Float32Array(32).fill(127, 0, 1)
  values.set([0.5, -0.5, 1.5, -2.5, 2.49, -2.49], 1)
  expect([...new Int8Array(quantize(values, 'Q8_0').buffer, 2, 7)]).toEqual([127, 1, -1, 2, -3, 2, -2])
})
