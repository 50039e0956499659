// The choices of a run; pure, for the terminal and the page.
import { linearCandidates, type Variants } from '../../src/gpu/variants'

export interface BenchOptions {
  /** Only rows whose name contains one of these, separated by commas. */
  readonly filter: string
  /** Fewer samples, no whole models. */
  readonly quick: boolean
  /** Wan's real shapes, or small ones; by default small on adapters that are a CPU. */
  readonly size: 'full' | 'small' | 'auto'
  readonly storage: 'f32' | 'f16' | 'auto'
  /** The loop of the matrix products; by default the one that the adapter gets. */
  readonly linear: Variants['linear'] | 'auto'
}

export const DEFAULTS: BenchOptions = { filter: '', quick: false, size: 'auto', storage: 'auto', linear: 'auto' }

function choice<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new RangeError(`${name} is "${value}"; it must be one of ${allowed.join(', ')}.`)
  return found
}

/** @throws RangeError in a sentence. */
export function parseOptions(given: Readonly<Record<string, string | boolean | undefined>>): BenchOptions {
  return {
    filter: String(given['filter'] ?? ''),
    quick: given['quick'] === true || given['quick'] === '' || given['quick'] === 'true',
    size: choice('size', String(given['size'] ?? 'auto'), ['full', 'small', 'auto']),
    storage: choice('storage', String(given['storage'] ?? 'auto'), ['f32', 'f16', 'auto']),
    linear: choice('linear', String(given['linear'] ?? 'auto'), ['auto', ...linearCandidates(new Set(['subgroups']), 'f16', Infinity)]),
  }
}

/** The rows that were asked for; whole models and growth only where named or not quick. */
export function selectRows<T extends { readonly name: string; readonly long?: boolean }>(rows: readonly T[], { filter, quick }: BenchOptions): T[] {
  const wanted = filter.split(',').map((part) => part.trim()).filter((part) => part !== '')
  const selected = rows.filter(({ name, long }) => (wanted.length === 0 ? !(quick && long) : wanted.some((part) => name.includes(part))))
  if (selected.length === 0) throw new RangeError(`No row's name contains "${filter}". There are: ${rows.map(({ name }) => name).join(', ')}.`)
  return selected
}
