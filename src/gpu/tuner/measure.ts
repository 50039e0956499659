import { GpuError } from '../errors'

/** The variants of one family, each on the same call; they go by their names. */
export interface CandidateRuns {
  /** ‖a − b‖ / ‖b‖ of a variant's result against f64. */
  deviation(name: string): Promise<number>
  /** Makes the call longer where it is too short for a clock, as the variant has it. */
  lengthen(name: string): Promise<void>
  /** Milliseconds of a call. */
  time(name: string): Promise<number>
}

export interface MeasureOptions {
  /** Variants that can run, in the order in which they are tried. */
  readonly names: readonly string[]
  /** Stays unless another is clearly quicker. */
  readonly preferred: string
  /** The most by which a right result may deviate. */
  readonly tolerance: number
  readonly now: () => number
  /** When to end, in the milliseconds of `now`. */
  readonly until: number
  readonly signal?: AbortSignal
}

/** What was found of the variants of a family. */
export interface Measurement {
  /** Undefined where no variant gave a right result. */
  readonly choice: string | undefined
  /** Variants that must not be used, and why. */
  readonly dropped: ReadonlyMap<string, string>
}

/** With fewer rounds a quicker variant may be chance. */
const MIN_ROUNDS = 3
const ROUNDS = 7
/** A variant this much slower than the best in the first round is not timed again. */
const HOPELESS = 2
/** Another variant must stay below this share of the preferred one's time. */
const CLEARLY = 0.95

/** Whether there is no GPU any more to try anything on. */
export function isLoss(error: unknown): boolean {
  return error instanceof GpuError && error.code === 'device-lost'
}

export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.$/, '')
}

/**
 * Checks each variant once, then times the right ones in turn, so that whatever else the machine does hits all of them.
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
  /** A variant that fails is dropped. */
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
      else drop(name, `its result is wrong, by a relative error of ${found.toPrecision(2)}`) // also where that is NaN
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

/** The quickest of those timed often enough; where the preferred one is right, it must be clearly quicker than that. */
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
