import { describe, expect, it } from 'vitest'
import { bufferSource } from '../../../src/weights/sources/byte-source'
import type { FileDType } from '../../../src/weights/dtype'
import { float16ToFloat32, float32ToFloat16 } from '../../../src/weights/quant/float16'
import { readRows, readTensor } from '../../../src/weights/matrix'
import { readLinear, readStacked } from '../../support/read-linear'
import { packF16, packQ8, packWeight, unpackWeight } from '../../../src/weights/quant/pack'
import { openSafetensors, writeSafetensors } from '../../../src/weights/formats/safetensors'
import { weightFile, type WeightFile } from '../../../src/weights/weight-file'

type Content = readonly [name: string, dtype: FileDType, shape: readonly number[], values: ArrayBufferView]

const fileOf = (...contents: Content[]) =>
  openSafetensors(
    bufferSource(
      'w.safetensors',
      writeSafetensors(
        contents.map(([name, dtype, shape, { buffer, byteOffset, byteLength }]) => ({
          name,
          dtype,
          shape,
          bytes: new Uint8Array(buffer, byteOffset, byteLength),
        })),
      ),
    ),
  )

const ROWS = 3

describe.each([31, 32, 33])('with %i columns', (cols) => {
  const blocks = Math.ceil(cols / 32)
  const values = Float32Array.from({ length: ROWS * cols }, (_, i) => Math.sin(i) / 8)
  const q = Int8Array.from(values, (value) => Math.round(value * 1000))
  const scales = Uint16Array.from({ length: ROWS * blocks }, (_, i) => 0x1800 + 37 * i)
  const quantised = () => fileOf(['w', 'I8', [ROWS, cols], q], ['w_scale', 'F16', [ROWS, blocks], scales])

  it('reads I8 with its scales bit for bit, whatever format is asked for', async () => {
    const packed = packQ8(q, scales, ROWS, cols)
    expect(await readLinear(await quantised(), 'w', ROWS, cols)).toEqual(packed)
    expect(await readLinear(await quantised(), 'w', ROWS, cols, 'q4')).toEqual(packed)
  })

  it('reads I8 as numbers, whole or by rows', async () => {
    const file = await quantised()
    const whole = await readTensor(file, 'w', [ROWS, cols])
    expect(whole).toEqual(unpackWeight(packQ8(q, scales, ROWS, cols)))
    expect(await readRows(file, 'w', [ROWS, cols], 1, 2)).toEqual(whole.slice(cols))
    expect([...(await readRows(file, 'w', [ROWS, cols], 3, 0))]).toEqual([])
  })

  it('keeps the bits of F16, and packs F32, BF16 and F16 as asked', async () => {
    const halves = float32ToFloat16(values)
    const f16 = await fileOf(['w', 'F16', [ROWS, cols], halves])
    expect(await readLinear(f16, 'w', ROWS, cols)).toEqual(packF16(halves, ROWS, cols))
    expect(await readLinear(f16, 'w', ROWS, cols, 'q8')).toEqual(
      packWeight(float16ToFloat32(halves), ROWS, cols, 'q8'),
    )
    expect(await readTensor(f16, 'w', [ROWS, cols])).toEqual(float16ToFloat32(halves))
    expect(await readRows(f16, 'w', [ROWS, cols], 2, 1)).toEqual(float16ToFloat32(halves).slice(2 * cols))

    const f32 = await fileOf(['w', 'F32', [ROWS, cols], values])
    for (const format of ['f16', 'q8', 'q4'] as const)
      expect(await readLinear(f32, 'w', ROWS, cols, format)).toEqual(packWeight(values, ROWS, cols, format))

    const upper = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16)
    const cut = new Float32Array(Uint32Array.from(upper, (bits) => bits << 16).buffer)
    expect(await readLinear(await fileOf(['w', 'BF16', [ROWS, cols], upper]), 'w', ROWS, cols)).toEqual(
      packWeight(cut, ROWS, cols, 'f16'),
    )
  })
})

describe('stackedMatrix', () => {
  const cols = 40
  const matrices = [0, 1, 2].map((seed) =>
    Float32Array.from({ length: 4 * cols }, (_, i) => Math.sin(i + 100 * seed) / (1 + seed)),
  )
  const open = () => fileOf(...matrices.map((values, i): Content => [`w${i}`, 'F32', [4, cols], values]))

  it.each(['f16', 'q8', 'q4'] as const)(
    'puts matrices of %s one below the other, bit for bit',
    async (format) => {
      const all = Float32Array.from(matrices.flatMap((values) => [...values]))
      expect(await readStacked(await open(), ['w0', 'w1', 'w2'], 4, cols, format)).toEqual(
        packWeight(all, 12, cols, format),
      )
    },
  )

  it('makes none of matrices of several formats', async () => {
    const file = await fileOf(
      ['a', 'F32', [2, 32], new Float32Array(64)],
      ['b', 'I8', [2, 32], new Int8Array(64)],
      ['b_scale', 'F16', [2, 1], new Uint16Array(2)],
    )
    expect(await readStacked(file, ['a', 'b'], 2, 32)).toBeUndefined()
  })
})

describe('matrixOf', () => {
  it('takes a convolution as the matrix it is', async () => {
    const file = await fileOf(['conv', 'F16', [2, 3, 1, 2, 2], new Uint16Array(24)])
    expect((await readLinear(file, 'conv', 2, 12)).cols).toBe(12)
    await expect(readLinear(file, 'conv', 12, 2)).rejects.toThrow(
      'w.safetensors: tensor conv has the shape [2, 3, 1, 2, 2] and must have [12, 2].',
    )
  })

  it('says what is wrong, with file and tensor', async () => {
    const q = new Int8Array(64)
    await expect(readLinear(await fileOf(['w', 'I8', [2, 32], q]), 'w', 2, 32)).rejects.toThrow(
      'w.safetensors has no tensor w_scale',
    )
    await expect(
      readLinear(
        await fileOf(['w', 'I8', [2, 32], q], ['w_scale', 'F16', [2], new Uint16Array(2)]),
        'w',
        2,
        32,
      ),
    ).rejects.toThrow('tensor w_scale has the shape [2] and must have [2, 1]')
    await expect(
      readLinear(
        await fileOf(['w', 'I8', [2, 32], q], ['w_scale', 'F32', [2, 1], new Float32Array(2)]),
        'w',
        2,
        32,
      ),
    ).rejects.toThrow('w.safetensors: tensor w_scale has the type F32 and must be F16.')
  })
})

describe('weights that are not finite', () => {
  const nan = Float32Array.from({ length: 70 }, (_, i) => (i === 37 ? NaN : i))
  const infinite = Uint16Array.from({ length: 70 }, (_, i) => (i === 37 ? 0xfc00 : 0x3c00))
  it.each<[what: string, contents: Content, value: string]>([
    ['F32', ['w', 'F32', [2, 35], nan], 'NaN'],
    ['F16, whose bits are moved', ['w', 'F16', [2, 35], infinite], '-Infinity'],
    ['BF16', ['w', 'BF16', [2, 35], infinite.map((code) => (code === 0xfc00 ? 0xff80 : 0))], '-Infinity'],
    [
      'fp8',
      ['w', 'F8_E4M3', [2, 35], Uint8Array.from({ length: 70 }, (_, i) => (i === 37 ? 0x7f : 8))],
      'NaN',
    ],
  ])('are refused by the name of their tensor: %s', async (_, contents, value) => {
    const file = await fileOf(contents)
    const sentence = `w.safetensors: tensor w is ${value} at row 1, column 2, and every weight must be a finite number.`
    for (const format of ['f16', 'q8', 'q4'] as const)
      await expect(readLinear(file, 'w', 2, 35, format)).rejects.toThrow(sentence)
    await expect(readTensor(file, 'w', [2, 35])).rejects.toThrow(sentence)
    await expect(readRows(file, 'w', [2, 35], 1, 1)).rejects.toThrow(sentence)
    await expect(readRows(file, 'w', [2, 35], 0, 1)).resolves.toHaveLength(35)
  })

  it('are refused in a bias, a norm and the scales of int8', async () => {
    const file = await fileOf(
      ['b', 'F32', [3], Float32Array.of(1, 2, Infinity)],
      ['q', 'I8', [2, 32], new Int8Array(64)],
      ['q_scale', 'F16', [2, 1], Uint16Array.of(0x3c00, 0x7e00)],
    )
    await expect(readTensor(file, 'b', [3])).rejects.toThrow(
      'w.safetensors: tensor b is Infinity at row 2, column 0',
    )
    await expect(readLinear(file, 'q', 2, 32)).rejects.toThrow('tensor q_scale is NaN at row 1, column 0')
    await expect(readRows(file, 'q', [2, 32], 1, 1)).rejects.toThrow('tensor q_scale is NaN at row 1')
  })
})

describe('a large matrix', () => {
  const [rows, cols] = [2051, 4096] // odd, and more than one part
  const row = (dtype: 'F16' | 'Q8_0'): number => (dtype === 'F16' ? 2 * cols : (cols / 32) * 34)
  const PERIOD = 1021
  /** Small f16 numbers, or blocks of them, by their place. */
  const codeAt = (i: number): number => 0x2000 + (i % PERIOD)
  const pattern = new Uint16Array(rows * cols + PERIOD)
  for (let i = 0; i < pattern.length; i++) pattern[i] = codeAt(i)

  function counted(dtype: 'F16' | 'Q8_0'): { file: WeightFile; parts: number[] } {
    const parts: number[] = []
    const entry = { name: 'w', dtype, shape: [rows, cols], offset: 0, byteLength: rows * row(dtype) } as const
    const file = weightFile('w', {}, new Map([['w', entry]]), async (_, offset, length) => {
      parts.push(length)
      const first = (offset / 2) % PERIOD
      return new Uint8Array(pattern.slice(first, first + length / 2).buffer)
    })
    return { file, parts }
  }

  it.each([
    ['F16', 'f16'],
    ['F16', 'q8'],
    ['Q8_0', 'q8'],
    ['Q8_0', 'q4'],
  ] as const)('of %s becomes %s in parts of at most 9 MB, each byte once', async (dtype, format) => {
    const { file, parts } = counted(dtype)
    const packed = await readLinear(file, 'w', rows, cols, format)
    expect(Math.max(...parts)).toBeLessThan(9e6)
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.reduce((sum, length) => sum + length)).toBe(rows * row(dtype))
    if (dtype === 'F16' && format === 'f16')
      expect(
        Buffer.compare(
          new Uint8Array(packed.data.buffer),
          new Uint8Array(pattern.buffer, 0, 2 * rows * cols),
        ),
      ).toBe(0)
    if (dtype === 'Q8_0' && format === 'q8') {
      const scales = new Uint16Array(packed.scales!.buffer)
      expect(scales.subarray(0, (rows * cols) / 32).every((code, block) => code === codeAt(block * 17))).toBe(
        true,
      )
      const last = rows * cols - 2
      expect(new Uint16Array(packed.data.buffer)[last / 2]).toBe(codeAt(Math.floor(last / 32) * 17 + 16))
    }
  })

  it('is left alone after an abort', async () => {
    const stop = new AbortController()
    const { file, parts } = counted('F16')
    const reading = readLinear(
      { ...file, bytes: async (...part) => (stop.abort(new Error('Enough.')), file.bytes(...part)) },
      'w',
      rows,
      cols,
      'f16',
      stop.signal,
    )
    await expect(reading).rejects.toThrow('Enough.')
    expect(parts).toHaveLength(1)
    const late = new AbortController()
    setTimeout(() => late.abort(new Error('Enough.')), 10)
    const hanging = readLinear(
      { ...file, bytes: () => new Promise(() => undefined) },
      'w',
      rows,
      cols,
      'f16',
      late.signal,
    )
    await expect(hanging).rejects.toThrow('Enough.')
  })
})
