import type { Allocation } from '../../gpu/buffer-pool'
import { ZoetropeError } from '../../protocol/errors'
import { within } from '../../protocol/within'
import { openRuntime, type OnnxRuntime, type OnnxTensor } from '../blocks/onnx-runtime'
import { encodeModel, type Graph, type GraphValue } from './onnx-model'

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
  runtime: OnnxRuntime,
  { name, dtype, shape }: GraphValue,
  buffers: ReadonlyMap<string, Allocation>,
): OnnxTensor {
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
