import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../../src/cli/synthesize/formula'
import { float16ToFloat32, float32ToFloat16 } from '../../../src/weights/quant/float16'
import { dryOps, type Ops } from '../../../src/gpu/ops'
import { random, random32 } from '../../../bench/data'
import { repeatedBlocks } from '../../../bench/repeated-blocks'
import { transposed } from '../../../bench/transpose'
import { randomFloats } from '../../support/random'
import { parseOptions, selectRows } from '../../../bench/options'
import { factorText, toResult, type Cost } from '../../../bench/result'
import { writeResults } from '../../../bench/result-file'
import { median, repetitions, sampledRows } from '../../../bench/statistics'
import { cells, COLUMNS, markdown } from '../../../bench/table'
import { ROWS } from '../../../bench/bench'
import { costOf } from '../../../bench/comparison'
import { shaderStems } from '../../../src/gpu/shader-source'

const COST: Cost = { flops: 4e9, bytes: 2e6, bound: 'fma' }
const PEAKS = { fma: 1e9, dp4a: 0, copy: 1e6 }
const ROW = { name: 'linear', shape: '1×2→3', dtype: 'f32', variant: '128' }

describe('statistics', () => {
  it('takes the middle of an odd and of an even number of values', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 100])).toBe(3.5)
    expect(() => median([])).toThrow('no values')
  })

  it('repeats what is short, and nothing less than once', () => {
    expect(repetitions(10, 50)).toBe(5)
    expect(repetitions(51, 50)).toBe(1)
    expect(repetitions(0, 50)).toBe(1000)
  })

  it('samples the first and the last row', () => {
    expect(sampledRows(3, 8)).toEqual([0, 1, 2])
    expect(sampledRows(100, 4)).toEqual([0, 33, 66, 99])
  })
})

describe('data', () => {
  const plan = dryOps('f16', Infinity)

  it('repeats itself after a prime number of elements, and is as it is stored', () => {
    const { values } = random(plan, [1100, 1000], 3, 'x')
    expect(values[1_000_003]).toBe(values[0])
    expect(values.subarray(1000, 1100)).not.toEqual(values.subarray(0, 100))
    expect(float16ToFloat32(float32ToFloat16(values.slice(0, 100)))).toEqual(values.slice(0, 100))
    expect(random32(plan, [7], 3, 'x').values).toEqual(randomFloats(7, 3))
  })

  it('is transposed in blocks', () => {
    for (const [rows, cols] of [
      [1, 5],
      [33, 64],
      [70, 31],
    ] as const) {
      const values = Float32Array.from({ length: rows * cols }, (_, i) => i)
      const expected = Float32Array.from(
        { length: rows * cols },
        (_, i) => (i % rows) * cols + Math.floor(i / rows),
      )
      expect(transposed(values, rows, cols)).toEqual(expected)
    }
  })

  it('of a model is the first block over and over, in tensors of their own', async () => {
    const shapes = new Map<string, readonly number[]>(
      [0, 1].flatMap((i) => [
        [`blocks.${i}.q.weight`, [6, 64]] as const,
        [`blocks.${i}.q.bias`, [6]] as const,
      ]),
    )
    const uploads: unknown[] = []
    const ops: Ops = {
      ...plan,
      upload: (source, shape, dtype, label) => (
        uploads.push(source),
        plan.upload(source, shape, dtype, label)
      ),
    }
    const loader = repeatedBlocks(ops, formulaFile('dit', shapes, 'bench'), 'q8')
    const [first, second] = [
      await loader.linear('blocks.0.q', 6, 64),
      await loader.linear('blocks.1.q', 6, 64),
    ]
    expect(uploads.slice(3)).toEqual(uploads.slice(0, 3))
    expect(second).toMatchObject({ format: 'q8', rows: 6, cols: 64 })
    expect(second.data).not.toBe(first.data)
  })
})

describe('a result', () => {
  it('has rates, the share of the peak and the ratio', () => {
    const result = toResult(ROW, COST, PEAKS, {
      ms: 8,
      relError: 1e-7,
      ort: { op: 'MatMul', ms: 12, relError: 2e-7 },
    })
    expect(result).toEqual({
      name: 'linear',
      shape: '1×2→3',
      dtype: 'f32',
      variant: '128',
      ms: 8,
      gflops: 0.5e3,
      gbps: 0.25,
      peakShare: 0.5,
      relError: 1e-7,
      ort: { op: 'MatMul', ms: 12, relError: 2e-7 },
      ratio: 1.5,
    })
  })

  it('is held against the copy rate where it only moves data', () => {
    expect(
      toResult(ROW, { ...COST, bound: 'copy' }, PEAKS, { ms: 4, relError: null, ort: null }),
    ).toMatchObject({ peakShare: 0.5, ort: null, ratio: null })
  })

  it('has no share of a rate that the adapter has not', () => {
    expect(
      toResult(ROW, { ...COST, bound: 'dp4a' }, PEAKS, { ms: 4, relError: null, ort: null }),
    ).toMatchObject({ peakShare: null, gflops: 1e3 })
  })

  it('has no ratio to a rival that is wrong', () => {
    const result = toResult(ROW, COST, PEAKS, {
      ms: 8,
      relError: 0,
      ort: { op: 'MultiHeadAttention', ms: null, relError: 0.28 },
    })
    expect(result.ratio).toBeNull()
    expect(cells(result)).toContain('wrong')
  })

  it('says by what factor it is scaled', () => {
    expect(factorText(COST, { ...COST, flops: 1e9 })).toBe(' (1/4)')
    expect(factorText({ ...COST, flops: 120e9 }, COST)).toBe(' (1/30)')
    expect(factorText(COST, COST)).toBe('')
  })

  it('is a line of a table of as many columns as the head', () => {
    const result = toResult(ROW, COST, undefined, { ms: 1, relError: null, ort: null })
    expect(cells(result)).toHaveLength(COLUMNS.length)
    expect(cells(result)[COLUMNS.indexOf('variant')]).toBe('128')
    expect(cells({ ...result, variant: null })[COLUMNS.indexOf('variant')]).toBe('')
    const lines = markdown([result]).split('\n')
    expect(lines).toHaveLength(3)
    expect(new Set(lines.map((line) => line.split('|').length)).size).toBe(1)
  })
})

describe('a file of results', () => {
  it('is replaced as a whole', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'))
    const path = join(folder, 'results.json')
    const result = toResult(ROW, COST, undefined, { ms: 1, relError: null, ort: null })
    for (const results of [[], [result], [result, result]]) {
      writeResults(path, results)
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(results)
    }
    expect(readdirSync(folder)).toEqual(['results.json'])
    rmSync(folder, { recursive: true })
  })
})

describe('options', () => {
  it('read what the terminal and a page address give', () => {
    expect(parseOptions({})).toEqual({
      filter: '',
      quick: false,
      size: 'auto',
      storage: 'auto',
      variants: 'auto',
      profile: false,
      alone: false,
      limit: Infinity,
    })
    expect(
      parseOptions({
        filter: 'linear',
        quick: '',
        size: 'full',
        storage: 'f16',
        variants: 'tuned',
        profile: '',
        alone: '1',
        limit: '90',
      }),
    ).toEqual({
      filter: 'linear',
      quick: true,
      size: 'full',
      storage: 'f16',
      variants: 'tuned',
      profile: true,
      alone: true,
      limit: 90,
    })
    expect(() => parseOptions({ size: 'huge' })).toThrow(
      'size is "huge"; it must be one of full, small, auto.',
    )
  })

  it('name variants of families', () => {
    expect(parseOptions({ variants: 'linear=128_f16, attention=tile' }).variants).toEqual({
      linear: '128_f16',
      attention: 'tile',
    })
    for (const variants of ['128', 'linear', 'linear=', 'matmul=128', 'linear=64=128', ''])
      expect(() => parseOptions({ variants }), variants).toThrow(
        `variants is "${variants}"; it must be default, tuned`,
      )
  })

  it('limit the time, or not', () => {
    for (const limit of ['0', '-1', 'soon', ''])
      expect(() => parseOptions({ limit }), limit).toThrow('it must be a number of seconds above 0.')
  })

  it('select rows by parts of their names', () => {
    const rows = [{ name: 'linear.q4' }, { name: 'attention' }, { name: 'model.dit', long: true }]
    const names = (filter: string, quick = false): string[] =>
      selectRows(rows, { ...parseOptions({}), filter, quick }).map(({ name }) => name)
    expect(names('')).toEqual(['linear.q4', 'attention', 'model.dit'])
    expect(names('', true)).toEqual(['linear.q4', 'attention'])
    expect(names('q4, model', true)).toEqual(['linear.q4', 'model.dit'])
    expect(() => names('conv')).toThrow('No row')
  })
})

describe('rows', () => {
  it('have names of their own, and are no larger when small', async () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length)
    for (const { name, full, small } of ROWS) {
      const [less, more] = [await costOf(small), await costOf(full)]
      expect(less.flops + less.bytes, name).toBeGreaterThan(0)
      expect(less.flops + less.bytes, name).toBeLessThanOrEqual(more.flops + more.bytes)
    }
  })

  it('cover every kernel', () => {
    const measured = new Set(ROWS.map(({ name }) => name.split('.')[0]))
    measured.add('absolute_change') // Once a step of EasyCache, and its sums come back to the CPU: nothing to hold against a rate.
    expect(shaderStems().filter((stem) => !measured.has(stem))).toEqual([])
  })
})
