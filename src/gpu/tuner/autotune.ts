import type { KernelFamily, Variants } from '../variants'
import type { TrialBench } from './trial-bench'
import type { Task } from './workload'
import { firstOf, type Candidates } from './candidates'
import { measureCandidates, isLoss, reasonOf, type MeasureOptions, type Measurement } from './measure'

/** Time as the tuner sees it, in milliseconds. */
export interface Clock {
  now(): number
  /** Resolves after so long. */
  wait(milliseconds: number): Promise<void>
}

export const CLOCK: Clock = {
  now: () => performance.now(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

export interface AutotuneOptions {
  readonly candidates: Candidates
  /** By which the variants of their families are compared; of a family without one the first candidate is taken. */
  readonly tasks: readonly Task[]
  readonly openTrialBench: (task: Task) => TrialBench
  readonly clock?: Clock
  readonly signal?: AbortSignal
  /** So many families are done. */
  readonly onDone?: (done: number) => void
}

export interface Tuned {
  readonly variants: Variants
  /** Sentences on variants that this GPU gets wrong. */
  readonly notes: readonly string[]
}

/** Of everything, compilation included. */
const BUDGET_MS = 3000
/** At most so long is waited for the compiler, so that there is time to try what it made. */
const COMPILE_MS = 1800

const KERNELS: Readonly<Record<KernelFamily, string>> = {
  linear: 'matrix products',
  attention: 'attention',
  norms: 'norms',
  convolution: 'convolutions',
}

/** A family in the making: its variants that can run, and those that cannot. */
interface Entry {
  readonly family: KernelFamily
  readonly bench: TrialBench
  readonly ready: Set<string>
  readonly failed: Map<string, unknown>
}

/** The quickest right variant of every family, as far as at most 3 s can tell. @throws the signal's reason; GpuError `device-lost` */
export async function autotune({
  candidates,
  tasks,
  openTrialBench,
  clock = CLOCK,
  signal,
  onDone,
}: AutotuneOptions): Promise<Tuned> {
  const end = clock.now() + BUDGET_MS
  const notes: string[] = []
  let variants = firstOf(candidates)
  /** Trying variants must not keep anyone from a clip: what fails becomes a note. */
  const attempt = async (family: KernelFamily, work: () => Promise<void> | void): Promise<void> => {
    try {
      await work()
    } catch (error) {
      signal?.throwIfAborted()
      if (isLoss(error)) throw error
      notes.push(`The variants of ${KERNELS[family]} could not be compared on this GPU: ${reasonOf(error)}.`)
    }
  }

  const entries: Entry[] = []
  try {
    for (const task of tasks.filter(({ family }) => candidates[family].length > 1)) {
      await attempt(
        task.family,
        () =>
          void entries.push({
            family: task.family,
            bench: openTrialBench(task),
            ready: new Set(),
            failed: new Map(),
          }),
      )
    }
    await compileAll(entries, candidates, clock, signal)
    const total = entries.length
    for (let left = total; left > 0; left--) {
      const { bench, family, ...compiled } = entries[0]!
      const until = clock.now() + (end - clock.now()) / left
      await attempt(family, async () => {
        const { choice, dropped } = await decide(bench, candidates[family], compiled, {
          now: clock.now,
          until,
          ...(signal && { signal }),
        })
        if (choice === undefined)
          notes.push(
            `On this GPU no variant of ${KERNELS[family]} gives a right result: the clip will be wrong.`,
          )
        else variants = { ...variants, [family]: choice }
        for (const [name, reason] of dropped)
          notes.push(`On this GPU the variant "${name}" of ${KERNELS[family]} is not used: ${reason}.`)
      })
      entries.shift()
      bench.close()
      onDone?.(total - left + 1)
    }
  } finally {
    for (const { bench } of entries) bench.close()
  }
  return { variants, notes }
}

/** Compiles all variants at once; one that is not ready in time is left out, and its compilation goes on unheard. */
async function compileAll(
  entries: readonly Entry[],
  candidates: Candidates,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  const compiling = entries.flatMap(({ family, bench, ready, failed }) =>
    candidates[family].map((name) =>
      bench.compile(name).then(
        () => void ready.add(name),
        (error: unknown) => void failed.set(name, error),
      ),
    ),
  )
  const aborted = new Promise<void>((resolve) =>
    signal?.addEventListener('abort', () => resolve(), { once: true }),
  )
  await Promise.race([Promise.all(compiling), clock.wait(COMPILE_MS), aborted])
  signal?.throwIfAborted()
  for (const error of entries.flatMap(({ failed }) => [...failed.values()])) if (isLoss(error)) throw error
}

/** @param names the first is preferred */
async function decide(
  bench: TrialBench,
  names: readonly [string, ...string[]],
  { ready, failed }: Pick<Entry, 'ready' | 'failed'>,
  time: Pick<MeasureOptions, 'now' | 'until' | 'signal'>,
): Promise<Measurement> {
  const [preferred] = names
  const failures = [...failed].map(([name, error]) => [name, reasonOf(error)] as const)
  // While the preferred variant still compiles, nothing can be said against it.
  if (!ready.has(preferred) && !failed.has(preferred))
    return { choice: preferred, dropped: new Map(failures) }
  const { choice, dropped } = await measureCandidates(bench, {
    names: names.filter((name) => ready.has(name)),
    preferred,
    tolerance: bench.tolerance,
    ...time,
  })
  return { choice, dropped: new Map([...failures, ...dropped]) }
}
