import type { InferenceSession } from 'onnxruntime-web'
import { ZoetropeError } from '../../protocol/errors'
import { within } from '../../protocol/within'
import { openRuntime, type OnnxRuntime, type OnnxTensor } from '../blocks/onnx-runtime'
import { encodeModel, type Graph, type GraphValue } from './onnx-model'
import type { Slots } from './runner'

/**
 * Milliseconds in which a call must end that nobody waits for any more, as it was cancelled or its device was lost. The
 * first one also loads the WebAssembly, of up to 27 MB.
 */
const ENDS = 3_000
const LOADS = 300_000
let last: Promise<unknown> = Promise.resolve()
let isLoaded = false
let broken: ZoetropeError | undefined

/** From now on every call throws this, so that another thread takes the place of this one. */
function breakDown(what: string, cause?: unknown): ZoetropeError {
  return (broken ??= new ZoetropeError('engine-broken', what, { cause }))
}

function brokeDown(why: string, cause?: unknown): ZoetropeError {
  return breakDown(
    `onnxruntime broke down (${why}). Try again; if that does not help, reload this page.`,
    cause,
  )
}

function notLoaded(why: string, cause?: unknown): ZoetropeError {
  return breakDown(
    `onnxruntime, which runs the text encoder, could not be loaded (${why}). Check the connection and try again; if the site was updated meanwhile, reload this page.`,
    cause,
  )
}

/** How its error begins when onnxruntime-web could not load its WebAssembly. It does not try that a second time. */
const NOT_LOADED = /^no available backend found\. ERR: /

function failureOf(error: unknown): unknown {
  if (error instanceof WebAssembly.RuntimeError) return brokeDown(error.message, error)
  if (error instanceof Error && NOT_LOADED.test(error.message))
    return notLoaded(error.message.replace(NOT_LOADED, ''), error)
  return error
}

/**
 * onnxruntime-web takes one call at a time: a second one corrupts its memory, and all that comes after is wrong. So a
 * call waits for the one before, whoever gave that up; where it does not end, or the runtime does not load, this
 * thread's runtime is of no more use.
 * @throws ZoetropeError `engine-broken`
 */
function inTurn<T>(call: () => Promise<T>): Promise<T> {
  const running = after(last)
    .then(call)
    .catch((error: unknown) => {
      throw failureOf(error)
    })
    .finally(() => (isLoaded = true))
  last = running.catch(() => {})
  return running
}

async function after(call: Promise<unknown>): Promise<void> {
  const ms = isLoaded ? ENDS : LOADS
  const why = `a call did not end within ${ms / 1000} s`
  await within(call, { ms, late: () => (isLoaded ? brokeDown(why) : notLoaded(why)) })
  if (broken) throw broken
}

/** A graph ready to run on slots of memory. */
export interface GraphSession<Slot> {
  /**
   * Runs the graph; resolves when its work is submitted.
   * @param slots by name, of every input and of outputs that are kept
   * @returns the elements of the first output, where outputs are not kept
   */
  run(slots: Slots<Slot>): Promise<Float32Array | undefined>
  /** Frees the session once its run has ended. */
  close(): Promise<void>
}

/** Where a graph runs. */
export interface Place<Slot> {
  readonly provider: InferenceSession.ExecutionProviderConfig
  /** The memory of a value as onnxruntime takes it. */
  tensor(runtime: OnnxRuntime, value: GraphValue, slot: Slot): OnnxTensor
}

/** Makes a session of `graph`, its outputs kept in the caller's slots or given back. */
export async function openSession<Slot>(
  graph: Graph,
  { provider, tensor }: Place<Slot>,
  isKept: boolean,
): Promise<GraphSession<Slot>> {
  const runtime = await openRuntime().catch((error: unknown) => {
    throw notLoaded(error instanceof Error ? error.message : String(error), error)
  })
  const session = await inTurn(() =>
    runtime.InferenceSession.create(encodeModel(graph), {
      executionProviders: [provider],
      preferredOutputLocation: isKept ? 'gpu-buffer' : 'cpu',
      graphOptimizationLevel: 'disabled', // Its fused attention is wrong on some adapters.
      logSeverityLevel: 3,
    }),
  )
  const named = (values: readonly GraphValue[], slots: Slots<Slot>): Record<string, OnnxTensor> =>
    Object.fromEntries(
      values.map((value) => {
        const slot = slots.get(value.name)
        if (slot === undefined) throw new Error(`The graph's ${value.name} has no memory.`)
        return [value.name, tensor(runtime, value, slot)]
      }),
    )
  return {
    async run(slots) {
      const feeds = named(graph.inputs, slots)
      const results = await inTurn(() =>
        isKept ? session.run(feeds, named(graph.outputs, slots)) : session.run(feeds),
      )
      const first = graph.outputs[0] && results[graph.outputs[0].name]
      return !isKept && first?.data instanceof Float32Array ? first.data : undefined
    },
    close: () => inTurn(() => session.release()),
  }
}
