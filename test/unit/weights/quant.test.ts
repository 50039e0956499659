import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFloat16, float16ToFloat32, float32ToFloat16 } from '../../../src/weights/quant/float16'
import {
  packF16,
  packQ8,
  packWeight,
  strideOf,
  unpackWeight,
  type WeightFormat,
} from '../../../src/weights/quant/pack'

const COLS = [1, 2, 31, 32, 33, 63, 64, 65]
const FORMATS: readonly WeightFormat[] = ['f16', 'q8', 'q4']

/** Weights as they are found: magnitudes from subnormal f16 to its largest, and blocks of zeros. */
const anyMatrix = fc
  .record({
    rows: fc.integer({ min: 1, max: 3 }),
    cols: fc.constantFrom(...COLS),
    exponent: fc.integer({ min: -26, max: 15 }),
    offset: fc.constantFrom(0, 0, 1, -3),
  })
  .chain(({ rows, cols, exponent, offset }) => {
    const value = fc.double({ min: -1, max: 1, noNaN: true }).map((u) => (u + offset) * 2 ** exponent)
    return fc
      .array(fc.oneof({ weight: 9, arbitrary: value }, fc.constant(0)), {
        minLength: rows * cols,
        maxLength: rows * cols,
      })
      .map((values) => ({
        rows,
        cols,
        values: Float32Array.from(values, (v) => Math.max(-65000, Math.min(65000, v))),
      }))
  })

/** f16 scale (and min) of the block that holds element (row, col). */
function blockOf(scales: Uint32Array, format: 'q8' | 'q4', block: number): { scale: number; min: number } {
  const halves = float16ToFloat32(new Uint16Array(scales.buffer))
  return format === 'q8'
    ? { scale: halves[block]!, min: 0 }
    : { scale: halves[2 * block]!, min: halves[2 * block + 1]! }
}

describe('packed weights', () => {
  it.each([
    [1, 32],
    [31, 32],
    [32, 32],
    [33, 64],
    [64, 64],
    [65, 96],
  ])('have for %i columns the stride %i', (cols, stride) => {
    expect(strideOf(cols)).toBe(stride)
    const count = (format: WeightFormat) => {
      const packed = packWeight(new Float32Array(3 * cols).fill(1), 3, cols, format)
      expect(packed.stride).toBe(stride)
      return [packed.data.length, packed.scales?.length]
    }
    expect(count('f16')).toEqual([(3 * stride) / 2, undefined])
    expect(count('q8')).toEqual([(3 * stride) / 4, Math.ceil((3 * stride) / 64)])
    expect(count('q4')).toEqual([(3 * stride) / 8, (3 * stride) / 32])
  })

  it('lie in their words as the kernels read them', () => {
    const cols = 33
    const codes = Uint16Array.from({ length: 2 * cols }, (_, i) => i + 1)
    const f16 = packF16(codes, 2, cols).data
    expect([f16[0], f16[15], f16[16], f16[17], f16[32]]).toEqual([
      0x0002_0001, 0x0020_001f, 0x0000_0021, 0, 0x0023_0022,
    ])

    const q = Int8Array.from({ length: 2 * cols }, (_, i) => (i % 2 ? -i : i))
    const { data, scales } = packQ8(q, Uint16Array.of(1, 2, 3, 4), 2, cols)
    expect([data[0], data[1], data[8], data[9], data[16]]).toEqual([
      0xfd02ff00, 0xf906fb04, 0x00000020, 0, 0x24dd22df,
    ])
    expect([...scales!]).toEqual([0x0002_0001, 0x0004_0003])
    expect([...packQ8(new Int8Array(32), Uint16Array.of(0x3c00), 1, 32).scales!]).toEqual([0x0000_3c00])

    const ramp = Float32Array.from({ length: 32 }, (_, i) => (i % 16) + 2)
    const q4 = packWeight(ramp, 1, 32, 'q4')
    expect([...q4.data]).toEqual([0x76543210, 0xfedcba98, 0x76543210, 0xfedcba98])
    expect([...q4.scales!]).toEqual([0x4000_3c00]) // scale 1 below, minimum 2 above
  })

  it('f16 are the values rounded to f16', () => {
    fc.assert(
      fc.property(anyMatrix, ({ rows, cols, values }) => {
        expect(unpackWeight(packWeight(values, rows, cols, 'f16'))).toEqual(
          float16ToFloat32(float32ToFloat16(values)),
        )
      }),
    )
  })

  it.each(['q8', 'q4'] as const)(
    '%s are within half a scale, and the scale is no larger than the block needs',
    (format) => {
      fc.assert(
        fc.property(anyMatrix, ({ rows, cols, values }) => {
          const packed = packWeight(values, rows, cols, format)
          const found = unpackWeight(packed)
          const blocks = packed.stride / 32
          for (let row = 0; row < rows; row++) {
            for (let b = 0; b < blocks; b++) {
              const block = values.slice(row * cols + b * 32, row * cols + Math.min(cols, b * 32 + 32))
              const { scale, min } = blockOf(packed.scales!, format, row * blocks + b)
              const span =
                format === 'q8' ? Math.max(...block.map(Math.abs)) / 127 : (Math.max(...block) - min) / 15
              expect(scale).toBeLessThanOrEqual(span * (1 + 2 ** -10) + 2 ** -24)
              if (format === 'q4') expect(min).toBeLessThanOrEqual(Math.min(...block))
              for (const [i, value] of block.entries()) {
                const error = Math.abs(found[row * cols + b * 32 + i]! - value)
                // 2^-24 of the value for the f32 result; a scale below the smallest f16 is 0, and the block's values
                // with it.
                const tiny = scale === 0 ? 127 * 2 ** -25 : 0
                expect(error).toBeLessThanOrEqual(scale / 2 + Math.abs(value) * 2 ** -23 + tiny)
              }
            }
          }
        }),
      )
    },
  )

  it('q8 never uses −128, q8 and q4 keep zeros, and padding has no bits', () => {
    fc.assert(
      fc.property(anyMatrix, fc.constantFrom(...FORMATS), ({ rows, cols, values }, format) => {
        const { data, stride } = packWeight(values, rows, cols, format)
        const bits = { f16: 16, q8: 8, q4: 4 }[format]
        for (let row = 0; row < rows; row++) {
          for (let col = 0; col < stride; col++) {
            const at = (row * stride + col) * bits
            const q = (data[Math.floor(at / 32)]! >>> (at % 32)) & (2 ** bits - 1)
            if (format === 'q8') expect(q).not.toBe(128)
            if (col >= cols) expect(q).toBe(0)
          }
        }
      }),
    )
    for (const format of FORMATS) {
      expect([...unpackWeight(packWeight(new Float32Array(66), 2, 33, format))]).toEqual(Array(66).fill(0))
    }
  })

  it('q8 of its own values is itself', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...COLS),
        fc.infiniteStream(fc.integer({ min: -127, max: 127 })),
        (cols, stream) => {
          const q = Int8Array.from({ length: cols }, () => stream.next().value as number)
          for (let begin = 0; begin < cols; begin += 32) q[begin] = 127 // so that the scale is found again
          const scales = new Uint16Array(Math.ceil(cols / 32)).fill(0x2c01)
          const packed = packQ8(q, scales, 1, cols)
          expect(packWeight(unpackWeight(packed), 1, cols, 'q8')).toEqual(packed)
          expect([...unpackWeight(packed)]).toEqual([...q].map((value) => value * decodeFloat16(0x2c01)))
        },
      ),
    )
  })

  it('are smaller by what they promise', () => {
    const values = Float32Array.from({ length: 256 }, (_, i) => Math.sin(i))
    const rms = (format: WeightFormat): number => {
      const found = unpackWeight(packWeight(values, 4, 64, format))
      return Math.sqrt(
        values.reduce((sum, value, i) => sum + (value - found[i]!) ** 2, 0) /
          values.reduce((sum, value) => sum + value ** 2, 0),
      )
    }
    expect(rms('f16')).toBeLessThan(3e-4)
    expect(rms('q8')).toBeLessThan(5e-3)
    expect(rms('q4')).toBeLessThan(6e-2)
  })

  it('refuse what is not finite, too large, or of another count', () => {
    for (const bad of [NaN, Infinity, -65505]) {
      const values = new Float32Array(6).fill(1)
      values[4] = bad
      for (const format of FORMATS) {
        expect(() => packWeight(values, 2, 3, format)).toThrow(
          `The weight at row 1, column 1 is ${bad}; it must be between -65504 and 65504.`,
        )
      }
    }
    expect(() => packWeight(new Float32Array(5), 2, 3, 'q8')).toThrow(
      'A matrix of 2 × 3 needs 6 values; 5 were given.',
    )
    expect(() => packQ8(new Int8Array(33), new Uint16Array(1), 1, 33)).toThrow(
      'A matrix of 1 × 2 needs 2 scales; 1 were given.',
    )
  })
})
