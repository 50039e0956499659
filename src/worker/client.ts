import type { Command, EngineCard, FinalReply, GenerationResult, Reply, Request } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import type { MemoryPlan, PreviewImage, StageProgress } from '../protocol/progress'
import type { GenerationSettings } from '../protocol/settings'
import { connectWorker, type WorkerPort } from './client-requests'

export interface GenerationEvents {
  onProgress?(progress: StageProgress): void
  onPreview?(preview: PreviewImage): void
}

/** The engine, seen from the page. Every promise rejects with a `ZoetropeError`. */
export interface EngineClient {
  open(request: OpenRequest, signal?: AbortSignal): Promise<EngineCard>
  plan(settings: GenerationSettings, signal?: AbortSignal): Promise<MemoryPlan>
  /** After an abort it rejects with `cancelled` once the engine has stopped and is ready again. */
  generate(
    settings: GenerationSettings,
    events: GenerationEvents,
    signal?: AbortSignal,
  ): Promise<GenerationResult>
  close(): void
}

export type EnginePort = WorkerPort<Command, Reply>

export function connectEngine(worker: EnginePort): EngineClient {
  const requests = connectWorker<Request, Reply, FinalReply>(worker, {
    who: 'The engine',
    cancelled: 'Cancelled.',
  })
  return {
    open: async (wanted, signal) =>
      (await requests.ask({ type: 'open', request: wanted }, { signal })).engine,
    plan: async (settings, signal) => (await requests.ask({ type: 'plan', settings }, { signal })).plan,
    async generate(settings, { onProgress, onPreview }, signal) {
      const onReply = (reply: Reply): void => {
        if (reply.type === 'progress') onProgress?.(reply.progress)
        else if (reply.type === 'preview') onPreview?.(reply.preview)
      }
      return (await requests.ask({ type: 'generate', settings }, { signal, onReply })).result
    },
    close: requests.close,
  }
}

/** The engine in its own thread. */
export function startEngine(): EngineClient {
  return connectEngine(
    new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  )
}
