import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gaussianNoise, philox, portableCosSin, portableLog } from '../../../src/sampling/rng'

const hex = (values: readonly number[]): string =>
  values.map((value) => value.toString(16).padStart(8, '0')).join(' ')
const bits = (values: Float32Array): string =>
  hex([...new Uint32Array(values.buffer, values.byteOffset, values.length)])

describe('philox', () => {
  // The known answers that its authors publish with Random123.
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ] as const)('of %j under %j', (counter, key, words) => {
    expect(hex(philox(counter, key))).toBe(words)
  })
})

describe('portable functions', () => {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

  it('log is Math.log to 1e-15', () => {
    const check = (x: number): void => {
      const exact = Math.log(x)
      expect(Math.abs(portableLog(x) - exact)).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(exact)))
    }
    fc.assert(
      fc.property(word, (a) => void check((a + 0.5) / 2 ** 32)),
      { numRuns: 2000 },
    )
    for (const x of [2 ** -33, 0.5, Math.SQRT1_2, 1 - 2 ** -33, 1, Math.SQRT2, 2]) check(x)
    expect(portableLog(1 - 2 ** -33) / Math.log(1 - 2 ** -33)).toBeCloseTo(1, 14) // relative, where the log is small
  })

  it('cos and sin are those of Math to 1e-15', () => {
    const check = (v: number): void => {
      const [cos, sin] = portableCosSin(v)
      expect(Math.abs(cos - Math.cos(2 * Math.PI * v))).toBeLessThanOrEqual(1e-15)
      expect(Math.abs(sin - Math.sin(2 * Math.PI * v))).toBeLessThanOrEqual(1e-15)
    }
    fc.assert(
      fc.property(word, (b) => void check(b / 2 ** 32)),
      { numRuns: 2000 },
    )
    for (let eighth = 0; eighth < 8; eighth++)
      for (const away of [-(2 ** -32), 0, 2 ** -32]) if (eighth + away >= 0) check(eighth / 8 + away)
  })
})

describe('gaussianNoise', () => {
  it('has these bits, everywhere and for ever', () => {
    expect(bits(gaussianNoise(0, 0, 8))).toBe(
      '3f7dbb33 bf6cb6b0 bf1e1b9f bef6d1b2 be1d5357 3e392a6d 3f54ec98 3e4a2da3',
    )
    expect(bits(gaussianNoise(42, 7, 5))).toBe('3f8856dd bf51494d bf289034 3f9101bf bea841a0')
    expect(bits(gaussianNoise(Number.MAX_SAFE_INTEGER, 2 ** 32 - 1, 4))).toBe(
      'bf8acdab bf8644eb 3fd738af 3e92b5a8',
    )
  })

  it('is standard normal', () => {
    const noise = gaussianNoise(1, 0, 100_000)
    const mean = (f: (value: number) => number): number =>
      noise.reduce((sum, value) => sum + f(value), 0) / noise.length
    expect(Math.abs(mean((z) => z))).toBeLessThan(0.015)
    expect(mean((z) => z ** 2)).toBeCloseTo(1, 1)
    expect(Math.abs(mean((z) => z ** 3))).toBeLessThan(0.05)
    expect(Math.abs(mean((z) => z ** 4) - 3)).toBeLessThan(0.15)
    expect(mean((z) => (Math.abs(z) < 1 ? 1 : 0))).toBeCloseTo(0.6827, 2)
  })

  it('begins alike whatever the length', () => {
    const long = gaussianNoise(9, 3, 64)
    for (const count of [0, 1, 2, 3, 4, 5, 31, 63])
      expect(gaussianNoise(9, 3, count)).toEqual(long.slice(0, count))
  })

  it('differs by seed, by both halves of it, and by stream', () => {
    const some = [
      gaussianNoise(5, 0, 16),
      gaussianNoise(6, 0, 16),
      gaussianNoise(5 + 2 ** 32, 0, 16),
      gaussianNoise(5, 1, 16),
    ]
    expect(new Set(some.map(bits)).size).toBe(4)
  })

  it.each([-1, 1.5, NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => gaussianNoise(seed, 0, 1)).toThrow(
      `The seed is ${seed} and must be a whole number from 0 to 9007199254740991.`,
    )
  })
})
