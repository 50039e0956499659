import type { CheckedGpu, CheckLine } from '../../protocol/check'

/** "3.1e-6". */
export function digits(relError: number): string {
  return Number.isNaN(relError) ? 'NaN' : relError === 0 ? '0' : relError.toExponential(1)
}

/** The largest error of all lines; NaN where one is. */
export function worstOf(lines: readonly CheckLine[]): number {
  return lines.reduce((worst, { relError }) => (relError <= worst ? worst : relError), 0)
}

export interface CheckResult {
  readonly lines: readonly CheckLine[]
  readonly gpu: CheckedGpu
  readonly app: string
  readonly browser: string
}

/** One line to share: what was checked, and how fast it is. */
export function benchLine({ lines, gpu, app }: CheckResult): string {
  const wrong = lines.filter(({ isRight }) => !isRight)
  const verdict =
    wrong.length === 0
      ? `right to ${digits(worstOf(lines))}`
      : `wrong: ${wrong.map(({ name }) => name).join('; ')}`
  const speed = `${gpu.teraflops.toPrecision(2)} TFLOP/s in ${gpu.storage}`
  return `Zoetrope ${app} · ${gpu.adapter} · ${speed} · ${lines.length} checks, ${verdict}`
}

/** Everything for those who repair it, as text. */
export function reportOf(result: CheckResult): string {
  const { lines, gpu, browser } = result
  return [
    benchLine(result),
    browser,
    `features: ${gpu.features.join(', ') || 'none'}`,
    ...lines.map(({ name, relError, allowed, isRight, problem }) =>
      [
        isRight ? 'right' : 'WRONG',
        name,
        `${digits(relError)} (at most ${digits(allowed)})`,
        ...(problem === undefined ? [] : [problem]),
      ].join('  '),
    ),
  ].join('\n')
}
