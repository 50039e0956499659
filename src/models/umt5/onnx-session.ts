import * as asyncify from 'onnxruntime-web/webgpu'
import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import jspiUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'
import type { Allocation } from '../../gpu/buffer-pool'
import { ZoetropeError } from '../../protocol/errors'
import { within } from '../../protocol/within'
import { encodeModel, type Graph, type GraphValue } from './onnx-model'

type Runtime = typeof asyncify

/** Whether WebAssembly waits for promises by itself; the build for that is smaller by a third. */
const HAS_JSPI = 'Suspending' in WebAssembly

function configured(runtime: Runtime): Runtime {
  const { env } = runtime
  env.wasm.numThreads = 1 // The work is on the GPU; threads would need cross-origin isolation.
  env.wasm.proxy = false
  // In a page or worker: our own origin's file, not a default that transformers.js may have set to a CDN.
  if ('location' in globalThis) env.wasm.wasmPaths = { wasm: HAS_JSPI ? jspiUrl : asyncifyUrl }
  return runtime
}

/** One of the two builds of the same version. */
async function openRuntime(): Promise<Runtime> {
  return configured(HAS_JSPI ? await import('onnxruntime-web/jspi') : asyncify)
}

/** Milliseconds in which a call must end that nobody waits for any more: its device was lost. */
const ENDS = 3_000
let last: Promise<unknown> = Promise.resolve()
let broken: ZoetropeError | undefined

function breakDown(why: string, cause?: unknown): ZoetropeError {
  return (broken ??= new ZoetropeError(
    'engine-broken',
    `onnxruntime broke down as the GPU was lost (${why}). Try again; if that does not help, reload this page.`,
    { cause },
  ))
}

/**
 * onnxruntime-web takes one call at a time: a second one corrupts its memory, and all that comes after is wrong. So a
 * call waits for the one before, whoever gave that up; where it does not end, this thread's runtime is of no more
 * use.
 * @throws ZoetropeError `engine-broken`
 */
async function inTurn<T>(call: () => Promise<T>): Promise<T> {
  await within(last, { ms: ENDS, late: () => breakDown('a call did not end') })
  if (broken) throw broken
  const running = call().catch((error: unknown) => {
    throw error instanceof WebAssembly.RuntimeError ? breakDown(error.message, error) : error
  })
  last = running.catch(() => {})
  return running
}

/** A graph ready to run on our device, its inputs in our buffers. */
export interface GraphSession {
  /**
   * Runs the graph; resolves when its work is submitted.
   * @param buffers by name, of every input and of outputs that stay on the GPU
   * @returns the elements of the first output where it is copied to the CPU
   */
  run(buffers: ReadonlyMap<string, Allocation>): Promise<Float32Array | undefined>
  /** Frees the session once its run has ended. */
  close(): Promise<void>
}

function gpuTensor(
  runtime: Runtime,
  { name, dtype, shape }: GraphValue,
  buffers: ReadonlyMap<string, Allocation>,
): asyncify.Tensor {
  const gpuBuffer = buffers.get(name)?.buffer
  if (!gpuBuffer) throw new Error(`The graph's ${name} has no GPU buffer.`)
  return runtime.Tensor.fromGpuBuffer(gpuBuffer, { dataType: dtype, dims: shape })
}

/** Makes a session of `graph`, its outputs left in the caller's buffers or copied to the CPU. */
export async function openSession(
  graph: Graph,
  device: GPUDevice,
  outputs: 'gpu-buffer' | 'cpu',
): Promise<GraphSession> {
  const runtime = await openRuntime()
  const session = await inTurn(() =>
    runtime.InferenceSession.create(encodeModel(graph), {
      executionProviders: [{ name: 'webgpu', device }],
      preferredOutputLocation: outputs,
      graphOptimizationLevel: 'disabled', // Its fused attention is wrong on some adapters.
      logSeverityLevel: 3,
    }),
  )
  return {
    async run(buffers) {
      const feeds = Object.fromEntries(
        graph.inputs.map((value) => [value.name, gpuTensor(runtime, value, buffers)]),
      )
      const onGpu = outputs === 'gpu-buffer'
      const fetches = Object.fromEntries(
        graph.outputs.map((value) => [value.name, onGpu ? gpuTensor(runtime, value, buffers) : null]),
      )
      const results = await inTurn(() => session.run(feeds, fetches))
      const first = graph.outputs[0] && results[graph.outputs[0].name]
      return !onGpu && first?.data instanceof Float32Array ? first.data : undefined
    },
    close: () => inTurn(() => session.release()),
  }
}
