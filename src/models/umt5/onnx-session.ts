import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu'
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import type { Allocation } from '../../gpu/buffer-pool'
import { encodeModel, type Graph, type GraphValue } from './onnx-model'

function configure(): void {
  env.wasm.numThreads = 1 // The GPU does the work; threads would need cross-origin isolation.
  env.wasm.proxy = false
  // In a page or worker, the file of our own origin: transformers.js may have set the default to a CDN.
  if ('location' in globalThis) env.wasm.wasmPaths = { wasm: wasmUrl }
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

function gpuTensor({ name, dtype, shape }: GraphValue, buffers: ReadonlyMap<string, Allocation>): Tensor {
  const gpuBuffer = buffers.get(name)?.buffer
  if (!gpuBuffer) throw new Error(`The graph's ${name} has no GPU buffer.`)
  return Tensor.fromGpuBuffer(gpuBuffer, { dataType: dtype, dims: shape })
}

/**
 * Creates a session of `graph`, with outputs in the caller's buffers or copied to the CPU. One at a time, since
 * onnxruntime-web allows no two at once.
 */
export async function openSession(
  graph: Graph,
  device: GPUDevice,
  outputs: 'gpu-buffer' | 'cpu',
): Promise<GraphSession> {
  configure()
  const session = await InferenceSession.create(encodeModel(graph), {
    executionProviders: [{ name: 'webgpu', device }],
    preferredOutputLocation: outputs,
    graphOptimizationLevel: 'disabled', // Its fused attention is wrong on some adapters.
    logSeverityLevel: 3,
  })
  let running: Promise<unknown> = Promise.resolve()
  return {
    async run(buffers) {
      const feeds = Object.fromEntries(graph.inputs.map((value) => [value.name, gpuTensor(value, buffers)]))
      const onGpu = outputs === 'gpu-buffer'
      const fetches = Object.fromEntries(
        graph.outputs.map((value) => [value.name, onGpu ? gpuTensor(value, buffers) : null]),
      )
      const run = session.run(feeds, fetches)
      running = run.catch(() => {})
      const results = await run
      const first = graph.outputs[0] && results[graph.outputs[0].name]
      return !onGpu && first?.data instanceof Float32Array ? first.data : undefined
    },
    async close() {
      await running
      await session.release()
    },
  }
}
