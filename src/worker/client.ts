import type { EngineCard, VideoEngine } from '../protocol/engine'
import type { Command, FinalReply, Reply, Request } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import { connectWorker, type WorkerPort } from './client-requests'

/** A worker that holds one engine at a time. Every promise rejects with a `ZoetropeError`. */
export interface EngineClient {
  /** Opens a model in the place of the one before. */
  open(request: OpenRequest, signal?: AbortSignal): Promise<VideoEngine>
  /** Ends the worker. */
  close(): void
}

export type EnginePort = WorkerPort<Command, Reply>

export function connectEngine(worker: EnginePort): EngineClient {
  const requests = connectWorker<Request, Reply, FinalReply>(worker, {
    who: 'The engine',
    cancelled: 'Cancelled.',
  })
  const engineOf = (card: EngineCard): VideoEngine => ({
    card,
    plan: async (settings, signal) => (await requests.ask({ type: 'plan', settings }, { signal })).planned,
    async generate(settings, { onProgress, onPreview } = {}, signal) {
      const onReply = (reply: Reply): void => {
        if (reply.type === 'progress') onProgress?.(reply.progress)
        else if (reply.type === 'preview') onPreview?.(reply.preview)
      }
      return (await requests.ask({ type: 'generate', settings }, { signal, onReply })).result
    },
    dispose: requests.close,
  })
  return {
    open: async (wanted, signal) =>
      engineOf((await requests.ask({ type: 'open', request: wanted }, { signal })).engine),
    close: requests.close,
  }
}

/** The engine in its own thread. */
export function startEngine(): EngineClient {
  return connectEngine(
    new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  )
}
