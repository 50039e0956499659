// docs/accuracy.md: what `npm run test:golden -- --report` writes of the comparisons that the tests record.
import type { RecordedComparison } from './support/golden'

const number = (value: number): string => value.toExponential(1)

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}

/** "dit_tiny" of "dit_tiny blocks.0". */
const golden = ({ name }: RecordedComparison): string => name.split(' ')[0]!

/** The comparison with the largest error; one that is not a number is the largest. */
function worst(comparisons: readonly RecordedComparison[]): RecordedComparison | undefined {
  const rank = ({ relError }: RecordedComparison): number => (Number.isNaN(relError) ? Infinity : relError)
  return comparisons.toSorted((a, b) => rank(b) - rank(a))[0]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** A table of the largest error by golden and GPU, and one of every tensor. */
export function accuracyReport(comparisons: readonly RecordedComparison[], machine: string): string {
  const gpus = unique(comparisons.map(({ gpu }) => gpu))
  const at = (gpu: string, matches: (each: RecordedComparison) => boolean): string => {
    const found = worst(comparisons.filter((each) => each.gpu === gpu && matches(each)))
    return found === undefined ? '' : number(found.relError)
  }
  const names = unique(comparisons.map(({ name }) => name))
  return [
    `${machine}.`,
    table(
      ['golden', 'tensors', ...gpus],
      unique(comparisons.map(golden)).map((file) => [
        file,
        String(names.filter((name) => name.split(' ')[0] === file).length),
        ...gpus.map((gpu) => at(gpu, (each) => golden(each) === file)),
      ]),
    ),
    '<details><summary>Every tensor</summary>',
    table(
      ['tensor', ...gpus],
      names.map((name) => [name, ...gpus.map((gpu) => at(gpu, (each) => each.name === name))]),
    ),
    '</details>',
  ].join('\n\n')
}
