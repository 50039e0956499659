// The options of a run, for the terminal and the page.
import { FAMILIES, type KernelFamily } from '../src/gpu/variants'

/** Variants by their names, which the device may not have. */
export type NamedVariants = { readonly [F in KernelFamily]?: string }

export interface BenchOptions {
  /** Only rows whose name contains one of these, separated by commas. */
  readonly filter: string
  /** Fewer samples, no whole models. */
  readonly quick: boolean
  /** Wan's real shapes, or small ones; small by default on adapters that are a CPU. */
  readonly size: 'full' | 'small' | 'auto'
  readonly storage: 'f32' | 'f16' | 'auto'
  /**
   * The kernels' variants: the defaults, those that the tuner finds for each row, or these; tuned on GPUs by default.
   */
  readonly variants: 'default' | 'tuned' | 'auto' | NamedVariants
  /** Whether to report which kernels each row's time goes to. */
  readonly profile: boolean
  /** Whether to run without onnxruntime-web. */
  readonly alone: boolean
  /** Seconds after which no more rows begin. */
  readonly limit: number
}

export const DEFAULTS: BenchOptions = {
  filter: '',
  quick: false,
  size: 'auto',
  storage: 'auto',
  variants: 'auto',
  profile: false,
  alone: false,
  limit: Infinity,
}

function choice<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found === undefined)
    throw new RangeError(`${name} is "${value}"; it must be one of ${allowed.join(', ')}.`)
  return found
}

/** `default`, `tuned`, or `linear=128,attention=tile_f16`. */
function parseVariants(value: string): BenchOptions['variants'] {
  if (value === 'auto' || value === 'default' || value === 'tuned') return value
  const variants: { [F in KernelFamily]?: string } = {}
  for (const part of value.split(',')) {
    const [family, name, ...rest] = part.split('=').map((text) => text.trim())
    const known = FAMILIES.find((each) => each === family)
    if (!known || !name || rest.length > 0)
      throw new RangeError(
        `variants is "${value}"; it must be default, tuned, or such as linear=128,attention=tile, of ${FAMILIES.join(', ')}.`,
      )
    variants[known] = name
  }
  return variants
}

function parseLimit(value: string): number {
  const seconds = Number(value)
  if (!(seconds > 0)) throw new RangeError(`limit is "${value}"; it must be a number of seconds above 0.`)
  return seconds
}

/** A switch of the terminal, or of the page's address. */
function isOn(value: string | boolean | undefined): boolean {
  return value === true || value === '' || value === 'true' || value === '1'
}

/** @throws RangeError in a sentence. */
export function parseOptions(given: Readonly<Record<string, string | boolean | undefined>>): BenchOptions {
  return {
    filter: String(given['filter'] ?? ''),
    quick: isOn(given['quick']),
    size: choice('size', String(given['size'] ?? 'auto'), ['full', 'small', 'auto']),
    storage: choice('storage', String(given['storage'] ?? 'auto'), ['f32', 'f16', 'auto']),
    variants: parseVariants(String(given['variants'] ?? 'auto')),
    profile: isOn(given['profile']),
    alone: isOn(given['alone']),
    limit: parseLimit(String(given['limit'] ?? Infinity)),
  }
}

/** The selected rows; whole models and growth only if named, or if the run is not quick. */
export function selectRows<T extends { readonly name: string; readonly long?: boolean }>(
  rows: readonly T[],
  { filter, quick }: BenchOptions,
): T[] {
  const wanted = filter
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const selected = rows.filter(({ name, long }) =>
    wanted.length === 0 ? !(quick && long) : wanted.some((part) => name.includes(part)),
  )
  if (selected.length === 0)
    throw new RangeError(
      `No row's name contains "${filter}". There are: ${rows.map(({ name }) => name).join(', ')}.`,
    )
  return selected
}
