import type { Command, EngineCard, FinalReply, GenerationResult, Reply, Request } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import type { MemoryPlan, PreviewImage, StageProgress } from '../protocol/progress'
import type { GenerationSettings } from '../protocol/settings'
import type { ReadyReply } from '../protocol/requests'
import { connectWorker, type Patience, type WorkerPort } from './client-requests'

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

  /** What is asked after it waits for it; that it failed, they hear. */
  const remind = (): void => {
    if (isForgotten && last !== undefined)
      void requests.ask({ type: 'open', request: last }).catch(() => undefined)
    isForgotten = false
  }

  return {
    async open(wanted, signal) {
      const { engine } = await requests.ask({ type: 'open', request: wanted }, { signal })
      last = wanted
      isForgotten = false
      return engine
    },
    async plan(settings, signal) {
      remind()
      return (await requests.ask({ type: 'plan', settings }, { signal })).plan
    },
    async generate(settings, { onProgress, onPreview }, signal) {
      const onReply = (reply: Reply): void => {
        if (reply.type === 'progress') onProgress?.(reply.progress)
        else if (reply.type === 'preview') onPreview?.(reply.preview)
      }
      remind()
      return (await requests.ask({ type: 'generate', settings }, { signal, onReply })).result
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
