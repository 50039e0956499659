import type { EngineCard, VideoEngine } from '../protocol/engine'
import type { Command, FinalReply, Reply, Request } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import type { ReadyReply } from '../protocol/requests'
import { connectWorker, type Patience, type WorkerPort } from './client-requests'

/** A worker that holds one engine at a time. Every promise rejects with a `ZoetropeError`. */
export interface EngineClient {
  /** Opens a model in the place of the one before. */
  open(request: OpenRequest, signal?: AbortSignal): Promise<VideoEngine>
  /** Ends the worker. */
  close(): void
}

export type EnginePort = WorkerPort<Command, Reply | ReadyReply>

/** @param start a worker; another one where it breaks or hangs, in which the last model is opened again when it is needed */
export function connectEngine(start: () => EnginePort, patience: Partial<Patience> = {}): EngineClient {
  let last: OpenRequest | undefined
  let isForgotten = false
  const requests = connectWorker<Request, Reply, FinalReply>(start, {
    who: 'The engine',
    cancelled: 'Cancelled.',
    onReplaced: () => (isForgotten = true),
    patience,
  })

  /** The request after it waits for it, and fails as it does. */
  const remind = (): void => {
    if (isForgotten && last !== undefined)
      void requests.ask({ type: 'open', request: last }).catch(() => undefined)
    isForgotten = false
  }

  const engineOf = (card: EngineCard): VideoEngine => ({
    card,
    async plan(settings, signal) {
      remind()
      return (await requests.ask({ type: 'plan', settings }, { signal })).planned
    },
    async generate(settings, { onProgress, onPreview } = {}, signal) {
      const onReply = (reply: Reply): void => {
        if (reply.type === 'progress') onProgress?.(reply.progress)
        else if (reply.type === 'preview') onPreview?.(reply.preview)
      }
      remind()
      return (await requests.ask({ type: 'generate', settings }, { signal, onReply })).result
    },
    dispose: requests.close,
  })
  return {
    async open(wanted, signal) {
      const { engine } = await requests.ask({ type: 'open', request: wanted }, { signal })
      last = wanted
      isForgotten = false
      return engineOf(engine)
    },
    close: requests.close,
  }
}

/** The engine in its own thread. */
export function startEngine(): EngineClient {
  return connectEngine(
    () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  )
}
