// Tries inputs one after the other, and measures what each costs.
import { getHeapStatistics, type HeapInfo } from 'node:v8'
import { WeightsError } from '../../src/weights/error'
import { ZoetropeError } from '../../src/protocol/errors'
import { StoreError } from '../../src/storage/error'
import { processorTime } from '../support/processor-time'
import { Random } from './random'
import type { Target } from './target'

/** Bounds that no input may pass. */
export const MOST_MILLISECONDS = 1000
/** What takes longer by the clock is timed again by the processor. */
const SLOW = 20
const MOST_BYTES = 16 << 20
/** Of the input's own size. */
const TIMES = 4
const LONGEST_MESSAGE = 801

export interface Fault {
  readonly target: string
  readonly index: number
  readonly bytes: number
  readonly what: string
}

export interface Tally {
  inputs: number
  accepted: number
  refused: number
  slowest: number
  /** Above what the input itself takes four times, or 16 MiB: at most 1. */
  heaviest: number
  readonly faults: Fault[]
}

const collect = (globalThis as { gc?: () => void }).gc

/** Bytes taken between two looks: what was collected of either kind between them hides nothing of the other. */
function taken(before: HeapInfo, after: HeapInfo): number {
  const heap = after.used_heap_size - before.used_heap_size
  const external = after.external_memory - before.external_memory // buffers are among it
  return Math.max(0, heap) + Math.max(0, external)
}

/** By the clock, or by the processor where that is wanted: asking it takes longer than most inputs do. */
async function cost(
  target: Target,
  input: Uint8Array<ArrayBuffer>,
  clock: () => number,
): Promise<{ error: unknown; time: number; bytes: number }> {
  const before = getHeapStatistics()
  const started = clock()
  const error: unknown = await target.read(input).then(
    () => undefined,
    (thrown: unknown) => thrown ?? new Error('nothing was thrown'),
  )
  return { error, time: clock() - started, bytes: taken(before, getHeapStatistics()) }
}

/** Errors that a person can read, and a program tell apart. */
function isTyped(error: unknown): error is Error {
  return (
    error instanceof WeightsError ||
    error instanceof StoreError ||
    (error instanceof ZoetropeError && error.code !== 'internal')
  )
}

/** @param onStart before each input, for a watchdog; it may wait for a message to leave */
export async function tryInputs(
  target: Target,
  { seed, from, count }: { readonly seed: number; readonly from: number; readonly count: number },
  onStart: (index: number) => Promise<void> | undefined = () => undefined,
): Promise<Tally> {
  const tally: Tally = { inputs: 0, accepted: 0, refused: 0, slowest: 0, heaviest: 0, faults: [] }
  for (let index = from; index < from + count; index++) {
    await onStart(index)
    const input = target.make(new Random(seed, index))
    const copy = input.slice()
    const allowed = Math.max(MOST_BYTES, TIMES * input.length)
    const fault = (what: string): void =>
      void tally.faults.push({ target: target.name, index, bytes: input.length, what })
    let { error, time, bytes } = await cost(target, input, () => performance.now())
    // What others left behind is not this input's; a slow or heavy one is tried again in peace.
    for (let again = 0; again < 2 && (bytes > allowed || time > Math.max(SLOW, tally.slowest)); again++) {
      if (bytes > allowed || time > MOST_MILLISECONDS) collect?.()
      ;({ error, time, bytes } = await cost(target, copy.slice(), processorTime))
    }
    tally.inputs += 1
    tally.slowest = Math.max(tally.slowest, time)
    tally.heaviest = Math.max(tally.heaviest, bytes / allowed)
    if (time > MOST_MILLISECONDS) fault(`took ${Math.round(time)} ms`)
    if (bytes > allowed) fault(`took ${(bytes / 2 ** 20).toFixed(1)} MiB`)
    if (error === undefined) tally.accepted += 1
    else if (isTyped(error)) {
      tally.refused += 1
      if (error.message.length > LONGEST_MESSAGE) fault(`has a message of ${error.message.length} characters`)
    } else fault(`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  return tally
}
