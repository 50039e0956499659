import { describe, expect, it } from 'vitest'
import { bands, windowBands } from '../../../src/gpu/bands'
import { dryOps } from '../../../src/gpu/ops'
import type { DType, Tensor } from '../../../src/gpu/tensor'

const ops = dryOps('f32', Infinity)
const tensor = (shape: readonly number[], dtype: DType = 'f32'): Tensor => ops.create(shape, dtype, 't')

describe('bands', () => {
  it('leave whole what fits, and cut from one byte less on', () => {
    const x = tensor([10, 64])
    expect(bands(2560, x)).toEqual([{ first: 0, count: 10 }])
    expect(bands(2559, x)).toEqual([
      { first: 0, count: 9 },
      { first: 9, count: 1 },
    ])
  })

  it('begin where a binding may, in every tensor', () => {
    // Rows of 192 and of 96 bytes: every fourth of the one, every eighth of the other begins at a multiple of 256.
    const [x, y] = [tensor([40, 48]), tensor([40, 48], 'f16')]
    expect(bands(3000, y)).toEqual([
      { first: 0, count: 24 },
      { first: 24, count: 16 },
    ])
    expect(bands(3000, x, y).map(({ first }) => first)).toEqual([0, 8, 16, 24, 32])
    expect(() => bands(1535, x, y)).toThrow('t [40, 48] needs 7680 bytes; this GPU allows bindings of 1535.')
    expect(bands(1536, x, y)).toHaveLength(5)
  })

  it('of one byte an element in an odd row still align', () => {
    expect(bands(1000, tensor([1000, 1], 'f16'))).toEqual([
      { first: 0, count: 384 },
      { first: 384, count: 384 },
      { first: 768, count: 232 },
    ])
  })
})

describe('window bands', () => {
  const PLAIN = { ratio: 1, above: 1, below: 1 }

  it.each([
    { name: '3×3', window: PLAIN, input: [64, 8, 8], output: [64, 8, 8] },
    { name: '1×1', window: { ratio: 1, above: 0, below: 0 }, input: [61, 8, 8], output: [61, 8, 4] },
    {
      name: '3×3 of twice the size',
      window: { ratio: 2, above: 1, below: 1 },
      input: [64, 4, 16],
      output: [128, 8, 8],
    },
    {
      name: '3×3 of half the size',
      window: { ratio: 0.5, above: 0, below: 1 },
      input: [128, 8, 8],
      output: [64, 4, 8],
    },
  ])('of $name have the rows that each row needs, and cover the frame', ({ window, input, output }) => {
    const [x, y] = [tensor(input), tensor(output)]
    const limit = 8192
    const parts = windowBands(limit, x, y, window, 8)
    expect(parts.length).toBeGreaterThan(2)
    let next = 0
    for (const { input: from, output: to } of parts) {
      expect(to.first).toBe(next)
      expect(to.first % 8).toBe(0)
      next = to.first + to.count
      const [low, high] = [
        Math.floor(to.first / window.ratio) - window.above,
        Math.ceil(next / window.ratio) - 1 + window.below,
      ]
      expect(from.first).toBeLessThanOrEqual(Math.max(0, low))
      expect(from.first + from.count).toBeGreaterThanOrEqual(Math.min(input[0]!, high + 1))
      expect(from.first + from.count).toBeLessThanOrEqual(input[0]!)
      expect((from.first * input[1]! * input[2]! * 4) % 256).toBe(0)
      expect(
        Math.max(from.count * input[1]! * input[2]!, to.count * output[1]! * output[2]!) * 4,
      ).toBeLessThanOrEqual(limit)
    }
    expect(next).toBe(output[0])
  })

  it('say when not even eight rows fit', () => {
    expect(() => windowBands(2048, tensor([64, 8, 8]), tensor([64, 8, 8]), PLAIN, 8)).toThrow(
      /allows bindings of 2048/,
    )
  })
})

describe('a plan', () => {
  it('refuses a kernel that binds too much', () => {
    const small = dryOps('f32', 1024)
    const x = small.create([300], 'f32', 'x')
    const kernel = { stem: 'silu', bindings: ['x'], params: {} }
    const call = { tensors: { x }, params: {}, grid: [1, 1, 1] as const, flops: 1 }
    expect(() => small.run(kernel, call)).toThrow(
      'x [300] needs 1200 bytes, where silu binds it whole; this GPU allows bindings of 1024.',
    )
    expect(() => dryOps('f32', 1200).run(kernel, call)).not.toThrow()
  })

  it('refuses a buffer larger than there can be', () => {
    expect(() => dryOps('f32', 1024, 4096).create([1025], 'f32', 'x')).toThrow(
      /needs a buffer of 4352 bytes; this GPU allows 4096/,
    )
  })
})
