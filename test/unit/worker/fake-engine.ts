// An engine without a GPU: it does what a script of the test says, and leaves a trace.
import { MessageChannel } from 'node:worker_threads'
import { limitsFor } from '../../../src/protocol/limits'
import type { Command, GenerationResult, Reply } from '../../../src/protocol/messages'
import type { GenerationSettings } from '../../../src/protocol/settings'
import { connectEngine, type EngineClient, type EnginePort } from '../../../src/worker/client'
import { serveEngine, type EngineEvents, type OpenEngine, type ServedEngine } from '../../../src/worker/serve'

export const settings: GenerationSettings = {
  prompt: 'a red ball',
  seed: 7,
  ...limitsFor({ width: 96, height: 96, numFrames: 33, numInferenceSteps: 4 }).defaults,
}

export function resultOf(given: GenerationSettings): GenerationResult {
  return {
    ...given,
    app: 'Zoetrope',
    appVersion: '0',
    model: 'fake',
    modelVersion: '1',
    fps: 16,
    mp4: new Uint8Array([1, 2, 3]),
    codec: 'H.264',
    adapter: 'fake',
    seconds: 1,
    stages: [{ stage: 'denoise', seconds: 1 }],
    peakGpuBytes: 10,
    plannedGpuBytes: 10,
    variants: { linear: '64' },
    notes: ['From the engine.'],
  }
}

export type Work = (
  settings: GenerationSettings,
  events: EngineEvents,
  signal: AbortSignal,
) => Promise<GenerationResult>

export interface FakeEngine extends ServedEngine {
  lose(reason: string): void
  disposed: boolean
}

export function fakeEngine(work: Work): FakeEngine {
  let lose = (_reason: string): void => undefined
  const lost = new Promise<string>((resolve) => (lose = resolve))
  const engine: FakeEngine = {
    manifest: {
      id: 'fake',
      name: 'Fake',
      version: '1',
      defaults: {
        width: 96,
        height: 96,
        numFrames: 33,
        fps: 16,
        numInferenceSteps: 4,
        guidanceScale: 1,
        shift: 3,
        sampler: 'unipc',
      },
      sizes: [[96, 96]],
      files: [{ bytes: 5 }, { bytes: 6 }],
    },
    adapter: 'fake',
    lost,
    lose: (reason) => lose(reason),
    disposed: false,
    plan: () => ({
      stages: [{ stage: 'decode', weightBytes: 1, activationBytes: 2 }],
      peakBytes: 3,
      budgetBytes: 4,
      weightFormat: 'f16',
      streamed: false,
      notes: [],
    }),
    generate: work,
    dispose: () => (engine.disposed = true),
  }
  return engine
}

/** Client and worker with a structured clone between them, as in a browser. */
export function connected(open: OpenEngine): EngineClient {
  const { port1: page, port2: worker } = new MessageChannel()
  const handle = serveEngine(open, (reply, transfer) => worker.postMessage(reply, transfer as ArrayBuffer[]))
  worker.on('message', (command: Command) => handle(command))
  worker.postMessage({ type: 'ready', id: 0 })
  return connectEngine(() => ({
    postMessage: (command) => page.postMessage(command),
    addEventListener: ((type: string, listener: (event: { data: Reply }) => void) => {
      if (type === 'message') page.on('message', (data: Reply) => listener({ data }))
    }) as EnginePort['addEventListener'],
    terminate: () => {
      page.close()
      worker.close()
    },
  }))
}

/** Work that ends only when it is cancelled. */
export const endless: Work = (_settings, _events, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the engine noticed late')))
  })
