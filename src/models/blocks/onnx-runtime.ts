// The one onnxruntime-web of the page: one of two builds of one version, each with its WebAssembly on our own origin.
import * as asyncify from 'onnxruntime-web/webgpu'
import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import jspiUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'

export type OnnxRuntime = typeof asyncify
export type OnnxTensor = asyncify.Tensor

/** Whether WebAssembly waits for promises by itself; the build for that is smaller by a third. */
const HAS_JSPI = 'Suspending' in WebAssembly

function configured(runtime: OnnxRuntime): OnnxRuntime {
  const { env } = runtime
  env.wasm.numThreads = 1 // The work is on the GPU; threads would need cross-origin isolation.
  env.wasm.proxy = false
  // In a page or worker: our own origin's file, not a default that transformers.js may have set to a CDN.
  if ('location' in globalThis) env.wasm.wasmPaths = { wasm: HAS_JSPI ? jspiUrl : asyncifyUrl }
  return runtime
}

export async function openRuntime(): Promise<OnnxRuntime> {
  return configured(HAS_JSPI ? await import('onnxruntime-web/jspi') : asyncify)
}
