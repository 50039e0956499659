import { describeRun } from '../tools/report-section'
import type { BenchResult } from './result'
import { markdown } from './table'

/** Identifies an adapter's section in the report. */
export function reportKey(adapter: string): string {
  return `bench: ${adapter.split(',').slice(0, -1).join(',') || adapter}`
}

/** The options that matter to the figures: without the files that a run writes, and without what it prints. */
export function optionsText(args: readonly string[]): string {
  return args
    .filter(
      (arg, i) => !/^--(out|report|json|verbose)\b/.test(arg) && !/^--(out|report)$/.test(args[i - 1] ?? ''),
    )
    .join(' ')
}

/**
 * A section of the report: the adapter, the machine, the rows, and why a rival has no time.
 * @param adapter as the listener is given it: name, storage, shapes
 */
export function reportSection(
  adapter: string,
  options: string,
  results: readonly BenchResult[],
  notes: readonly string[],
): string {
  return [
    `### ${adapter}`,
    `${describeRun()}. \`npm run bench${options && ` -- ${options}`}\``,
    markdown(results),
    notes.map((note) => `- ${note}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
