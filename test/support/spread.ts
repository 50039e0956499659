// Which cases of a test run on which GPU.
import { quickCases, type GpuCase } from './gpu-cases'

/** With `npm run test:golden`, and with goldens from elsewhere, every case runs on every GPU. */
const RUNS_ALL = import.meta.env.MODE === 'goldens' || process.env['GOLDEN_DIR'] !== undefined

/** Goldens of networks as wide as the real ones. */
const WIDE = /_(width|full)/

/**
 * Every case on the quickest GPU, and those of `everywhere` on the others too. Goldens of real widths are left to
 * `npm run test:golden`.
 */
export function spread<const T extends string>(
  { name }: GpuCase,
  cases: readonly T[],
  everywhere: readonly T[] = cases,
): T[] {
  if (RUNS_ALL) return [...cases]
  const here = name === quickCases()[0]!.name ? cases : cases.filter((each) => everywhere.includes(each))
  return here.filter((each) => !WIDE.test(each))
}
