// An engine without a GPU: it does what a script of the test says, and leaves a trace.
import { MessageChannel } from 'node:worker_threads'
import { limitsFor } from '../../../src/protocol/limits'
import type {
  GenerationEvents,
  GenerationResult,
  LiveEvents,
  LiveInput,
  LiveResult,
} from '../../../src/protocol/engine'
import type { LiveChange } from '../../../src/protocol/live'
import type { Command, Reply } from '../../../src/protocol/messages'
import type { GenerationSettings } from '../../../src/protocol/settings'
import { connectEngine, type EngineClient, type EnginePort } from '../../../src/worker/client'
import { ZoetropeError } from '../../../src/protocol/errors'
import { normaliseSettings } from '../../../src/protocol/normalise'
import type { OpenEngine, ServedEngine } from '../../../src/worker/engine-slot'
import { serveEngine } from '../../../src/worker/serve'

export const LIMITS = limitsFor(
  { width: 16, height: 16, frames: 4, shortest: 1 },
  { width: 96, height: 96, numFrames: 33, numInferenceSteps: 4, guidanceScale: 1, shift: 3 },
)

export const settings: GenerationSettings = {
  prompt: 'a red ball',
  seed: 7,
  ...LIMITS.defaults,
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
    latentsSha256: '0'.repeat(64),
    variants: { linear: '64' },
    notes: ['From the engine.'],
  }
}

export type Work = (
  settings: GenerationSettings,
  events: GenerationEvents,
  signal: AbortSignal,
  finish: AbortSignal,
) => Promise<GenerationResult>

/** A film; `next` resolves with the next change that the viewer makes. */
export type LiveWork = (
  input: LiveInput,
  events: LiveEvents,
  next: () => Promise<LiveChange>,
  signal: AbortSignal,
) => Promise<LiveResult>

/** A film of so many frames. */
export function filmOf(given: GenerationSettings, frames: number): LiveResult {
  const mp4 = new Uint8Array([4, 5, 6])
  const prompts = [{ seconds: 0, prompt: given.prompt }]
  return {
    ...resultOf(given),
    mp4,
    numFrames: frames,
    firstFrameSeconds: 0.5,
    realTimeFactor: 2,
    live: { prompts, windowFrames: 9, cache: 'float' },
    film: { mp4, seed: given.seed, frames, latents: [], prompts, given: {} },
  }
}

export interface FakeEngine extends ServedEngine {
  lose(reason: string): void
  disposed: boolean
}

export function fakeEngine(work: Work, film?: LiveWork): FakeEngine {
  let lose = (_reason: string): void => undefined
  const lost = new Promise<string>((resolve) => (lose = resolve))
  const engine: FakeEngine = {
    card: {
      adapter: 'fake',
      model: {
        id: 'fake',
        title: 'Fake',
        version: '1',
        fps: 16,
        defaults: LIMITS.defaults,
        limits: LIMITS,
        takesPicture: false,
        sizes: [{ width: 96, height: 96 }],
        ...(film && { live: { firstFrames: 9, chunkFrames: 12, decoder: 'full' } }),
        bytes: 11,
      },
    },
    lost,
    lose: (reason) => lose(reason),
    disposed: false,
    plan: async () => ({
      settings,
      memory: {
        stages: [{ stage: 'decode', weightBytes: 1, activationBytes: 2 }],
        peakBytes: 3,
        budgetBytes: 4,
        weightFormat: 'f16',
        streamed: false,
        notes: [],
      },
      notes: [],
    }),
    async generate(
      input,
      events = {},
      signal = new AbortController().signal,
      finish = new AbortController().signal,
    ) {
      const checked = normaliseSettings(input, LIMITS)
      if (!checked.ok) throw new ZoetropeError('invalid-settings', checked.reason)
      const result = await work(checked.settings, events, signal, finish)
      return { ...result, notes: [...checked.notes, ...result.notes] }
    },
    live(input, events = {}, signal = new AbortController().signal) {
      const changes: LiveChange[] = []
      let wake = (): void => undefined
      const next = async (): Promise<LiveChange> => {
        while (changes.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        return changes.shift()!
      }
      return {
        change(change) {
          changes.push(change)
          wake()
        },
        result: film
          ? film(input, events, next, signal)
          : Promise.reject(new ZoetropeError('invalid-settings', 'This engine makes no films.')),
      }
    },
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
