import type { KernelFamily, Variants } from '../variants'
import type { TrialBench } from './trial-bench'
import type { Task } from './workload'
import { firstOf, type Candidates } from './candidates'
import { measureCandidates, isLoss, reasonOf, type MeasureOptions, type Measurement } from './measure'

/** Time as the tuner sees it, in milliseconds. */
export interface Clock {
  now(): number
  /** Resolves after that time. */
  wait(milliseconds: number): Promise<void>
}

export const CLOCK: Clock = {
  now: () => performance.now(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

export interface AutotuneOptions {
  readonly candidates: Candidates
  /** Trials that compare the variants of their families; a family without one takes its first candidate. */
  readonly tasks: readonly Task[]
  readonly openTrialBench: (task: Task) => TrialBench
  readonly clock?: Clock
  readonly signal?: AbortSignal
  /** Reports the number of finished families. */
  readonly onDone?: (done: number) => void
}

export interface Tuned {
  readonly variants: Variants
  /** Sentences about variants that this GPU computes wrongly. */
  readonly notes: readonly string[]
}

/** Of everything, including compilation. */
const BUDGET_MS = 3000
/** Longest wait for the compiler, which leaves time to try the results. */
const COMPILE_MS = 1800

const KERNELS: Readonly<Record<KernelFamily, string>> = {
  linear: 'matrix products',
  attention: 'attention',
  norms: 'norms',
  convolution: 'convolutions',
}

/** A family's compiled variants, and those that failed to compile. */
interface Entry {
  readonly family: KernelFamily
  readonly bench: TrialBench
  readonly ready: Set<string>
  readonly failed: Map<string, unknown>
}

/** Finds the fastest correct variant of every family within 3 s. @throws the signal's reason; GpuError `device-lost` */
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
  /** A failed trial must not prevent a clip, so it becomes a note. */
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
            `On this GPU no variant of ${KERNELS[family]} gives a correct result: the clip will be wrong.`,
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

/**
 * Compiles all variants at once; leaves out those that are not ready in time, whose compilation continues unawaited.
 */
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
  // While the preferred variant still compiles, it cannot be compared.
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
