import type { BenchResult } from './result'

export const COLUMNS = [
  'name',
  'shape',
  'dtype',
  'variant',
  'ms',
  'GFLOP/s',
  'GB/s',
  'of peak',
  'rel. error',
  'onnxruntime-web',
  'its ms',
  'its error',
  'faster',
] as const

function digits(value: number | null, count = 3): string {
  if (value === null) return ''
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(count)))
}

const tiny = (value: number | null): string => (value === null ? '' : value.toExponential(1))

/** The texts of one row, by `COLUMNS`. */
export function cells({
  name,
  shape,
  dtype,
  variant,
  ms,
  gflops,
  gbps,
  peakShare,
  relError,
  ort,
  ratio,
}: BenchResult): string[] {
  const share = peakShare === null ? '' : `${(peakShare * 100).toFixed(peakShare < 0.1 ? 1 : 0)} %`
  const rival = ort === null ? [''] : [ort.op, ort.ms === null ? 'wrong' : digits(ort.ms), tiny(ort.relError)]
  return [
    name,
    shape,
    dtype,
    variant ?? '',
    digits(ms),
    digits(gflops),
    digits(gbps),
    share,
    tiny(relError),
    ...rival,
    ...Array<string>(3 - rival.length).fill(''),
    ratio === null ? '' : `${digits(ratio)}×`,
  ]
}

const WIDTHS = [30, 34, 9, 8, 8, 8, 7, 7, 10, 26, 8, 9, 7]

/** A line of the terminal's table. */
export function line(texts: readonly string[]): string {
  return texts
    .map((text, i) => (i < 4 || i === 9 ? text.padEnd(WIDTHS[i]!) : text.padStart(WIDTHS[i]!)))
    .join(' ')
    .trimEnd()
}

/** All results as a Markdown table. */
export function markdown(results: readonly BenchResult[]): string {
  const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`
  return [row(COLUMNS), row(COLUMNS.map(() => '---')), ...results.map((result) => row(cells(result)))].join(
    '\n',
  )
}
