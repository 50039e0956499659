import { GpuError } from '../errors'

/** The variants of one family on the same call, by name. */
export interface CandidateRuns {
  /** ‖a − b‖ / ‖b‖ of a variant's result against f64. */
  deviation(name: string): Promise<number>
  /** Lengthens the call where the variant finishes too soon for a clock. */
  lengthen(name: string): Promise<void>
  /** Milliseconds of a call. */
  time(name: string): Promise<number>
}

export interface MeasureOptions {
  /** Variants that can run, in the order in which they are tried. */
  readonly names: readonly string[]
  /** The variant that stays unless another is clearly faster. */
  readonly preferred: string
  /** The largest relative error of a correct result. */
  readonly tolerance: number
  readonly now: () => number
  /** Deadline, in the milliseconds of `now`. */
  readonly until: number
  readonly signal?: AbortSignal
}

/** The findings about a family's variants. */
export interface Measurement {
  /** Undefined where no variant gave a correct result. */
  readonly choice: string | undefined
  /** Variants that must not be used, and why. */
  readonly dropped: ReadonlyMap<string, string>
}

/** Rounds below which a faster variant may be chance. */
const MIN_ROUNDS = 3
const ROUNDS = 7
/** A variant slower than the best by this factor in the first round is not timed again. */
const HOPELESS = 2
/** Share of the preferred variant's time that another must stay below. */
const CLEARLY = 0.95

/** Whether the GPU is gone. */
export function isLoss(error: unknown): boolean {
  return error instanceof GpuError && error.code === 'device-lost'
}

export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.$/, '')
}

/**
 * Checks each variant once, then times the correct ones in turn, so that other load on the machine affects all of
 * them.
 * @throws the signal's reason; GpuError `device-lost`; what `lengthen` throws
 */
export async function measureCandidates(
  runs: CandidateRuns,
  { names, preferred, tolerance, now, until, signal }: MeasureOptions,
): Promise<Measurement> {
  const dropped = new Map<string, string>()
  const times = new Map<string, number[]>()
  const drop = (name: string, reason: string): void => {
    dropped.set(name, reason)
    times.delete(name)
  }
  /** Drops a variant that fails. */
  const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
    signal?.throwIfAborted()
    try {
      await work()
    } catch (error) {
      signal?.throwIfAborted()
      if (isLoss(error)) throw error
      drop(name, reasonOf(error))
    }
  }

  for (const name of names) {
    if (times.size > 0 && now() >= until) break
    await attempt(name, async () => {
      const found = await runs.deviation(name)
      if (found <= tolerance) times.set(name, [])
      else drop(name, `its result is wrong, with a relative error of ${found.toPrecision(2)}`) // also where that is NaN
    })
  }
  const right = [...times.keys()]
  if (times.size > 1 && now() < until) await runs.lengthen(right[0]!)
  for (let round = 0; round < ROUNDS && times.size > 1; round++) {
    for (const [name, own] of times) {
      if (now() >= until) return { choice: choose(right, dropped, times, preferred), dropped }
      await attempt(name, async () => void own.push(await runs.time(name)))
    }
    const best = Math.min(...[...times.values()].map(([first]) => first!))
    for (const [name, [first]] of times)
      if (first! > best * HOPELESS && name !== preferred) times.delete(name)
  }
  return { choice: choose(right, dropped, times, preferred), dropped }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** The fastest of those timed often enough; it must be clearly faster than the preferred one, where that is correct. */
function choose(
  right: readonly string[],
  dropped: ReadonlyMap<string, string>,
  times: ReadonlyMap<string, readonly number[]>,
  preferred: string,
): string | undefined {
  const fit = right.filter((name) => !dropped.has(name))
  const timed = [...times]
    .filter(([, own]) => own.length >= MIN_ROUNDS)
    .map(([name, own]) => ({ name, ms: median(own) }))
  const quickest = timed.reduce<(typeof timed)[0] | undefined>(
    (best, each) => (best && best.ms <= each.ms ? best : each),
    undefined,
  )
  if (!fit.includes(preferred)) return quickest?.name ?? fit[0]
  const own = timed.find(({ name }) => name === preferred)
  return quickest && own && quickest.ms < own.ms * CLEARLY ? quickest.name : preferred
}
