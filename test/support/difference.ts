// Where two arrays differ most: what a failed comparison prints.

export interface Difference {
  /** Index of the element that is furthest off, or of the first that is not a number. */
  readonly worst: number
  readonly actual: number
  readonly expected: number
  /** Share of the elements that are off by more than 1 % of the expected values' root mean square. */
  readonly wrongShare: number
  readonly nanCount: number
}

const WRONG = 1e-2

export function findDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  let squares = 0
  for (let i = 0; i < expected.length; i++) squares += expected[i]! ** 2
  const bound = WRONG * Math.sqrt(squares / expected.length)
  let [worst, most, wrong, nanCount] = [0, -1, 0, 0]
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!)
    if (Number.isNaN(error)) nanCount += 1
    if (!(error <= bound)) wrong += 1
    const rank = Number.isNaN(error) ? Infinity : error
    if (rank > most) [worst, most] = [i, rank]
  }
  return {
    worst,
    actual: actual[worst] ?? NaN,
    expected: expected[worst] ?? NaN,
    wrongShare: expected.length === 0 ? 0 : wrong / expected.length,
    nanCount,
  }
}

/** "velocity: relative 3.1e-1, worst at 42 of 64: 1.5 where 0.5 is expected, 12.5 % wrong, 0 NaN". */
export function showDifference(
  name: string,
  relError: number,
  count: number,
  { worst, actual, expected, wrongShare, nanCount }: Difference,
): string {
  return `${name}: relative ${relError.toExponential(1)}, worst at ${worst} of ${count}: ${actual} where ${expected} is expected, ${Number((wrongShare * 100).toPrecision(3))} % wrong, ${nanCount} NaN`
}

const KEPT = 20
const comparisons: string[] = []

/** Keeps a comparison until the test has passed, or prints it with the test's failure. */
export function keepComparison(
  name: string,
  relError: number,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  comparisons.push(showDifference(name, relError, expected.length, findDifference(actual, expected)))
  if (comparisons.length > KEPT) comparisons.shift()
}

/** The last comparisons, which are forgotten. */
export function takeComparisons(): string[] {
  return comparisons.splice(0)
}
