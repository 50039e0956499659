// Times our kernels and onnxruntime-web's in turn, round by round, so that other load on the machine affects both.
import type { Bench } from './device'
import type { Cost, RivalResult, Timing } from './result'
import { median, repetitions } from './statistics'

/** A way to do the work of a row. */
export interface Candidate {
  /** Queues the work once. */
  run(): void | Promise<unknown>
  /** Submits what `run` queued. */
  settle(): Promise<void>
  /** Does the work once from fresh inputs, and returns the result in our layout. The first call may count memory. */
  output(): Promise<ArrayLike<number>>
  /** Of whole models: the most GPU bytes that existed at once, weights included. */
  gpuBytes?(): number
  close(): Promise<void>
}

export interface Rival {
  /** ONNX operators, for the table. */
  readonly op: string
  /** Adapters on which it must not be tried, with the reason. */
  readonly hangsOn?: RegExp
  /** Relative error of its output, where it is not the match's own. */
  readonly check?: (output: ArrayLike<number>) => number
  open(): Promise<Candidate>
}

/** A row, its data on the device. */
export interface Match {
  readonly ours: Candidate
  readonly rivals: readonly Rival[]
  /** Relative error against f64. */
  readonly check: ((output: ArrayLike<number>) => number) | undefined
  release(): void | Promise<void>
}

export interface Sized {
  readonly shape: string
  /** Cost of a whole model, counted by a dry run. */
  readonly cost: Cost | (() => Promise<Cost>)
  prepare(bench: Bench): Promise<Match> | Match
}

/** One line of the bench. */
export interface Row {
  readonly name: string
  /** The weight's format. */
  readonly weights?: string
  /** The variant of kernels that have only one. */
  readonly variant?: string
  /** Takes long: left out of a quick run unless named. */
  readonly long?: boolean
  readonly full: Sized
  readonly small: Sized
}

/** Relative error above which a result is wrong and not merely rounded; int8 activations are off by 1e-2. */
const WRONG = 4e-2
/** A rival slower than the best rival, or than ours, by this factor in the first round is not timed again. */
const HOPELESS = 2
const FAR_BEHIND = 5
/** Milliseconds of a first run after which a rival is not run again. */
const ONCE = 60_000

interface Entry {
  readonly op: string
  readonly candidate: Candidate
  readonly relError: number
  readonly times: number[]
  count: number
}

async function sample({ clock }: Bench, { candidate, times, count }: Entry): Promise<void> {
  const ms = await clock.time(async () => {
    for (let i = 0; i < count; i++) await candidate.run()
    await candidate.settle()
  })
  times.push(ms / count)
}

/** Tries of finding how often to repeat a call: a single call mostly measures the round trip to the GPU. */
const GUESSES = 3

/**
 * Compiles in the first call, which also lets the recorder learn; then times calls to find how often to repeat them.
 */
async function warmUp(bench: Bench, entry: Entry): Promise<void> {
  await sample(bench, entry)
  for (let guess = 0; guess < GUESSES; guess++) {
    await sample(bench, entry)
    const count = repetitions(entry.times.at(-1)!, bench.sampleMs)
    if (count < 2 * entry.count) break
    entry.count = count
  }
  bench.trace(`${entry.op}: first ${entry.times.map((ms) => ms.toFixed(ms < 1 ? 3 : 1)).join(', ')} ms`)
  entry.times.length = 0
}

async function openRivals(
  { gpu, alone, trace }: Bench,
  { rivals, check }: Match,
  say: (note: string) => void,
): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const { op, hangsOn, open, check: own } of alone ? [] : rivals) {
    if (hangsOn?.test(gpu.adapter)) {
      say(`${op}: its shader does not finish compiling on this adapter`)
      continue
    }
    try {
      trace(`${op}: opening`)
      const candidate = await open()
      trace(`${op}: first run`)
      const began = performance.now()
      const output = await candidate.output()
      const first = performance.now() - began
      const relError = (own ?? check)?.(output) ?? 0
      entries.push({ op, candidate, relError, times: first > ONCE ? [first] : [], count: 1 })
      if (first > ONCE) say(`${op}: run once, ${(first / 1000).toFixed(1)} s with what it compiled`)
      if (!(relError < WRONG)) say(`${op}: wrong, relative error ${relError.toExponential(1)}`)
    } catch (error) {
      say(`${op}: ${error instanceof Error ? error.message.split('\n')[0]! : String(error)}`)
    }
  }
  return entries
}

/** The fastest rival with a correct result; where there is none, a wrong one without a time. */
function bestRival(entries: readonly Entry[]): RivalResult | null {
  const right = entries
    .filter(({ times, relError }) => times.length > 0 && relError < WRONG)
    .map(({ op, relError, times, candidate }) => ({
      op,
      relError,
      ms: median(times),
      ...gpuBytesOf(candidate),
    }))
  if (right.length > 0) return right.reduce((best, each) => (each.ms < best.ms ? each : best))
  const wrong = entries[0]
  return wrong ? { op: wrong.op, ms: null, relError: wrong.relError } : null
}

function gpuBytesOf({ gpuBytes }: Candidate): { readonly gpuBytes?: number } {
  return gpuBytes ? { gpuBytes: gpuBytes() } : {}
}

export async function costOf({ cost }: Sized): Promise<Cost> {
  return typeof cost === 'function' ? cost() : cost
}

/** Releases the match's memory in any case. */
export async function hold(bench: Bench, match: Match, say: (note: string) => void): Promise<Timing> {
  const rivals: Entry[] = []
  try {
    bench.trace('ours: first run')
    const output = await match.ours.output()
    const relError = match.check ? match.check(output) : null
    const ours: Entry = { op: 'ours', candidate: match.ours, relError: relError ?? 0, times: [], count: 1 }
    for (const line of (await bench.profile?.(match.ours)) ?? []) say(line)
    const oursBytes = gpuBytesOf(match.ours) // before the rivals allocate from the same pool
    rivals.push(...(await openRivals(bench, match, say)))
    let running = rivals.filter(({ relError, times }) => relError < WRONG && times.length === 0)
    for (const entry of [ours, ...running]) await warmUp(bench, entry)
    for (let round = 0; round < bench.samples; round++) {
      for (const entry of [ours, ...running]) await sample(bench, entry)
      const slowest = Math.min(
        HOPELESS * Math.min(...running.map(({ times }) => times[0]!)),
        FAR_BEHIND * ours.times[0]!,
      )
      running = running.filter(({ times }) => times[0]! < slowest)
    }
    return { ms: median(ours.times), relError, ort: bestRival(rivals), ...oursBytes }
  } finally {
    await match.ours.close()
    for (const { candidate } of rivals) await candidate.close()
    await match.release()
    bench.ops.pool.trim()
  }
}
