import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isBlockDType } from '../../../src/weights/quant/block-types'
import { bufferSource } from '../../../src/weights/sources/byte-source'
import { WeightsError } from '../../../src/weights/error'
import { isGguf, openGguf } from '../../../src/weights/formats/gguf'
import { formatOf, matrixIn, readRows, readTensor } from '../../../src/weights/matrix'
import { readLinear } from '../../support/read-linear'
import { unpackWeight } from '../../../src/weights/quant/pack'

const fixture = (name: string) =>
  new Uint8Array(readFileSync(`${import.meta.dirname}/../../fixtures/${name}`))
const whole = fixture('gguf-types.gguf')
const expectedBytes = fixture('gguf-types.expected.bin')
const expected = new Float32Array(
  expectedBytes.buffer,
  expectedBytes.byteOffset,
  expectedBytes.byteLength / 4,
)
const open = (bytes: Uint8Array) => openGguf(bufferSource('model.gguf', bytes))

const TYPES = [
  'Q4_0',
  'Q4_1',
  'Q5_0',
  'Q5_1',
  'Q8_0',
  'Q2_K',
  'Q3_K',
  'Q4_K',
  'Q5_K',
  'Q6_K',
  'F32',
  'F16',
  'BF16',
] as const
const [ROWS, COLS] = [2, 512]
const valuesOf = (type: (typeof TYPES)[number]) =>
  expected.slice(TYPES.indexOf(type) * ROWS * COLS, (TYPES.indexOf(type) + 1) * ROWS * COLS)
/** −0 and 0 are one weight. */
const plain = (values: Float32Array) => values.map((value) => value + 0)
const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

describe('a file of the gguf package', () => {
  it.each(TYPES)('gives %s bit for bit', async (type) => {
    const file = await open(whole)
    expect(file.tensors.get(type)).toMatchObject({ dtype: type, shape: [ROWS, COLS] })
    expect(plain(await file.floats(type))).toEqual(plain(valuesOf(type)))
    expect(plain(await readTensor(file, type, [ROWS, COLS]))).toEqual(plain(valuesOf(type)))
    expect(plain(await readRows(file, type, [ROWS, COLS], 1, 1))).toEqual(plain(valuesOf(type).slice(COLS)))
    expect([...(await file.rows(type, 2, 0))]).toEqual([])
  })

  it('has its dimensions in the order of PyTorch', async () => {
    const file = await open(whole)
    expect(file.tensors.get('patch')?.shape).toEqual([3, 4, 1, 2, 2])
    expect([...(await file.rows('patch', 1, 1))]).toEqual(Array.from({ length: 16 }, (_, i) => 16 + i))
  })

  it('keeps its vocabulary in the file until it is asked for', async () => {
    const source = bufferSource('model.gguf', whole)
    let reads = 0
    const file = await openGguf({
      ...source,
      read: (offset, length) => (reads++, source.read(offset, length)),
    })
    expect(isGguf(file)).toBe(true)
    expect(file.metadata).toEqual({ 'general.architecture': 'wan', 'general.name': 'types' })
    reads = 0
    expect(await file.strings('tokenizer.ggml.tokens')).toEqual(['<pad>', '</s>', '<unk>', '▁a', '字', ''])
    expect(await file.numbers('tokenizer.ggml.scores')).toEqual([0, 0, 0, -1.5, -2.25, -3])
    expect(reads).toBe(2)
    expect(await file.text('general.name')).toBe('types')
    await expect(file.strings('tokenizer.ggml.scores')).rejects.toThrow(
      'model.gguf: the metadata value tokenizer.ggml.scores is an array of f32 and must be an array of strings.',
    )
    await expect(file.numbers('general.name')).rejects.toThrow('is a string and must be an array of numbers')
    await expect(file.text('no.such')).rejects.toThrow('is missing and must be a string')
  })

  it('is refused cut off anywhere', async () => {
    const full = await open(whole)
    const end = Math.max(...[...full.tensors.values()].map(({ offset, byteLength }) => offset + byteLength))
    const header = Math.min(...[...full.tensors.values()].map(({ offset }) => offset))
    for (let length = 0; length < end; length += length < header ? 1 : 97) {
      await expect(open(whole.slice(0, length)), `at ${length}`).rejects.toThrow(WeightsError)
    }
    await open(whole.slice(0, end)) // the padding after the last tensor may be missing
  })

  it('is sound or an error of ours with any bit of its header flipped', async () => {
    const header = Math.min(...[...(await open(whole)).tensors.values()].map(({ offset }) => offset))
    for (let bit = 0; bit < header * 8; bit++) {
      const flipped = whole.slice(0, header + 8192)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const outcome = await open(flipped).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WeightsError)
    }
  })
})

describe('readLinear', () => {
  it.each(['Q4_0', 'Q4_1', 'Q5_0', 'Q8_0', 'Q3_K'] as const)('moves the bits of %s', async (type) => {
    const packed = await readLinear(await open(whole), type, ROWS, COLS)
    expect(packed.format).toBe(type.startsWith('Q4') ? 'q4' : 'q8')
    expect(plain(unpackWeight(packed))).toEqual(plain(valuesOf(type)))
  })

  it('keeps the quants of Q4_K, and rounds scale and minimum to f16', async () => {
    const packed = await readLinear(await open(whole), 'Q4_K', ROWS, COLS)
    const minima = await readLinear(await open(whole), 'Q4_K', ROWS, COLS, 'q8')
    expect(minima).toEqual(packed)
    const found = unpackWeight(packed)
    const exact = valuesOf('Q4_K')
    const halves = new Uint16Array(packed.scales!.buffer)
    expect(halves.length).toBe((ROWS * COLS) / 16)
    for (const [i, value] of exact.entries()) {
      // |d·s·q| and |dmin·m| are at most |w| + 2·|dmin·m|; the largest of either in this fixture stays below 16.
      expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(
        (Math.abs(value) + 2 * 16) * 2 ** -11 + 2 ** -24,
      )
    }
    const error = Math.sqrt(
      found.reduce((sum, value, i) => sum + (value - exact[i]!) ** 2, 0) /
        exact.reduce((sum, value) => sum + value ** 2, 0),
    )
    expect(error).toBeLessThan(3e-4)
  })

  it.each(['Q5_1', 'Q2_K', 'Q5_K', 'Q6_K'] as const)(
    'rounds %s to q8, within 1/254 of a block of 32',
    async (type) => {
      const packed = await readLinear(await open(whole), type, ROWS, COLS)
      expect(packed.format).toBe('q8')
      const found = unpackWeight(packed)
      const exact = valuesOf(type)
      for (let begin = 0; begin < exact.length; begin += 32) {
        const most = largest(exact.subarray(begin, begin + 32)) / 253 + 127 * 2 ** -25 // a scale may be below f16's smallest steps
        for (let i = begin; i < begin + 32; i++)
          expect(Math.abs(found[i]! - exact[i]!)).toBeLessThanOrEqual(most)
      }
    },
  )

  it('makes q4 of eight-bit blocks where that is asked for, and of plain types what is asked for', async () => {
    const file = await open(whole)
    expect((await readLinear(file, 'Q8_0', ROWS, COLS, 'q4')).format).toBe('q4')
    expect((await readLinear(file, 'Q6_K', ROWS, COLS, 'q4')).format).toBe('q4')
    for (const format of ['f16', 'q8', 'q4'] as const) {
      for (const type of TYPES)
        expect((await readLinear(file, type, ROWS, COLS, format)).format).toBe(
          matrixIn(file, type, format).format,
        )
      expect(formatOf('BF16', format)).toBe(format)
    }
    expect(formatOf('F8_E4M3', 'f16')).toBe('q8')
    expect(formatOf('I8', 'q4')).toBe('q8')
  })

  it('refuses a block whose scale is not finite', async () => {
    for (const type of TYPES.filter(isBlockDType)) {
      const bytes = whole.slice()
      const { offset } = (await open(bytes)).tensors.get(type)!
      const at = {
        Q2_K: 80,
        Q3_K: 108,
        Q6_K: 208,
        Q4_0: 0,
        Q4_1: 0,
        Q5_0: 0,
        Q5_1: 0,
        Q8_0: 0,
        Q4_K: 0,
        Q5_K: 0,
      }[type]
      bytes.set([0x00, 0x7c], offset + at)
      const outcome = readLinear(await open(bytes), type, ROWS, COLS)
      await expect(outcome, type).rejects.toThrow(WeightsError)
      await expect(outcome, type).rejects.toThrow(
        new RegExp(
          `^model\\.gguf: tensor ${type}(:| is) .*must be (between -65504 and 65504|a finite number)`,
        ),
      )
    }
  })
})
