import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { optionsText, reportKey, reportSection } from '../../bench/report'
import { describeRun, withSection, writeSection } from '../../tools/report-section'
import { accuracyReport } from '../golden-report'

describe('a section that a command writes', () => {
  it('is appended where there is none, and replaced where there is one', () => {
    const first = withSection('# Title\n\nText.\n', 'a', 'one')
    expect(first).toBe('# Title\n\nText.\n\n<!-- begin a -->\none\n<!-- end a -->\n')
    const both = withSection(first, 'b', 'two')
    expect(withSection(`${both}\nA person's words.\n`, 'a', 'three')).toBe(
      "# Title\n\nText.\n\n<!-- begin a -->\nthree\n<!-- end a -->\n\n<!-- begin b -->\ntwo\n<!-- end b -->\n\nA person's words.\n",
    )
    expect(withSection('', 'a', 'one')).toBe('<!-- begin a -->\none\n<!-- end a -->\n')
  })

  it('is refused where its end is missing', () => {
    expect(() => withSection('<!-- begin a -->\nSomething of a person.\n', 'a', 'one')).toThrow(
      'The document has "<!-- begin a -->" without "<!-- end a -->".',
    )
  })

  it('leaves the rest of a file as it is, and nothing beside it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'))
    const path = join(folder, 'report.md')
    writeFileSync(path, 'Before.\n')
    writeSection(path, 'a', 'one')
    writeSection(path, 'a', 'two')
    expect(readFileSync(path, 'utf8')).toBe('Before.\n\n<!-- begin a -->\ntwo\n<!-- end a -->\n')
    expect(readdirSync(folder)).toEqual(['report.md'])
    rmSync(folder, { recursive: true })
  })

  it('names the machine and the day', () => {
    expect(describeRun()).toMatch(/\d{4}-\d\d-\d\d; \d+ × .+, \d+ GB, \w+ \w+, Node \d+\.\d+\.\d+$/)
  })
})

describe('the accuracy report', () => {
  const at = (gpu: string, name: string, relError: number) => ({ gpu, name, relError, maxError: 1 })

  it('shows the largest error of each golden on each GPU, and every tensor', () => {
    const report = accuracyReport(
      [
        at('swiftshader f32', 'dit_tiny blocks.0', 1e-7),
        at('swiftshader f32', 'dit_tiny velocity', 5e-7),
        at('llvmpipe f16', 'dit_tiny velocity', 3.2e-4),
      ],
      'A machine',
    )
    expect(report).toContain('A machine.\n\n| golden | tensors | swiftshader f32 | llvmpipe f16 |')
    expect(report).toContain('| dit_tiny | 2 | 5.0e-7 | 3.2e-4 |')
    expect(report).toContain('| dit_tiny blocks.0 | 1.0e-7 |  |')
  })

  it('never hides what is not a number', () => {
    const comparisons = [at('gpu', 'a x', 1e-3), at('gpu', 'a y', NaN), at('gpu', 'a z', 2e-3)]
    expect(accuracyReport(comparisons, '')).toContain('| a | 3 | NaN |')
  })
})

describe('the report of the bench', () => {
  it('has one section for each adapter, storage type and choice of shapes', () => {
    expect(reportKey('google swiftshader, f32 storage, shapes scaled down')).toBe(
      'bench: google swiftshader, f32 storage',
    )
  })

  it('shows the options that matter, the rows, and the notes', () => {
    expect(
      optionsText(['--adapter', 'lavapipe', '--out', 'a.json', '--report', 'b.md', '--quick', '--json']),
    ).toBe('--adapter lavapipe --quick')
    const row = {
      name: 'linear.q8',
      shape: '1×2→3',
      dtype: 'f32',
      variant: '128',
      ms: 2,
      gflops: 3,
      gbps: 4,
      peakShare: null,
      relError: null,
      ort: null,
      ratio: null,
    }
    const section = reportSection('an adapter, f32 storage, small', '--quick', [row], ['A note.'])
    expect(section).toContain('### an adapter, f32 storage, small\n\n')
    expect(section).toContain('`npm run bench -- --quick`')
    expect(section).toContain('| linear.q8 | 1×2→3 | f32 | 128 | 2 |')
    expect(section).toContain('\n\n- A note.')
  })
})
