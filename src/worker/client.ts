import type {
  EngineCard,
  GenerationInput,
  GenerationResult,
  LiveEvents,
  VideoEngine,
} from '../protocol/engine'
import { toFailure } from '../protocol/errors'
import type { Command, FinalReply, Reply, Request, SteerCommand } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import { resumed, type InterruptedRun } from '../protocol/runs'
import type { ReadyReply } from '../protocol/requests'
import { connectWorker, type WorkerPort } from './client-requests'

/** A worker that holds one engine at a time. Every promise rejects with a `ZoetropeError`. */
export interface EngineClient {
  /** Opens a model in place of the one before. */
  open(request: OpenRequest, signal?: AbortSignal): Promise<VideoEngine>
  /** Interrupted runs that can be continued, the newest first; no model need be open. */
  runs(): Promise<InterruptedRun[]>
  /** Removes every trace of a run. */
  discardRun(run: string): Promise<void>
  /** Ends the worker. */
  close(): void
}

export type EnginePort = WorkerPort<Command, Reply | ReadyReply>

/** @param start a worker; another one where it breaks or hangs, in which the model is opened again when it is needed */
export function connectEngine(start: () => EnginePort): EngineClient {
  let isForgotten = false
  const requests = connectWorker<Request, Reply, FinalReply, SteerCommand>(start, {
    who: 'The engine',
    cancelled: 'Cancelled.',
    onReplaced: () => (isForgotten = true),
  })

  /** The request after it waits for it, and fails as it does. */
  const remind = (request: OpenRequest): void => {
    if (isForgotten) void requests.ask({ type: 'open', request }).catch(() => undefined)
    isForgotten = false
  }

  const engineOf = (card: EngineCard, request: OpenRequest): VideoEngine => ({
    card,
    async plan(settings, signal) {
      remind(request)
      return (await requests.ask({ type: 'plan', settings }, { signal })).planned
    },
    async generate(given, { onProgress, onPreview, onKept, onPiece } = {}, signal, finish) {
      let kept: string | undefined
      const onReply = (reply: Reply): void => {
        if (reply.type === 'progress') onProgress?.(reply.progress)
        else if (reply.type === 'preview') onPreview?.(reply.preview)
        else if (reply.type === 'piece') onPiece?.(reply.bytes)
        else if (reply.type === 'kept') {
          kept = reply.run
          onKept?.(kept)
        }
      }
      const end = (): void => void requests.ask({ type: 'finish' }).catch(() => undefined)
      finish?.addEventListener('abort', end, { once: true })
      const make = async (settings: GenerationInput): Promise<GenerationResult> => {
        remind(request)
        const made = requests.ask({ type: 'generate', settings }, { signal, onReply })
        if (finish?.aborted === true) end() // before this request: it holds for the video all the same
        return (await made).result
      }
      return make(given)
        .catch((error: unknown) => {
          // The first time it cannot be seen.
          if (signal?.aborted === true || toFailure(error).code !== 'engine-broken') throw error
          return make(resumed(given, kept))
        })
        .finally(() => finish?.removeEventListener('abort', end))
    },
    live(input, events = {}, signal) {
      const key = crypto.randomUUID()
      remind(request)
      const onReply = (reply: Reply): void => liveReply(reply, events)
      return {
        change: (change) => requests.notify({ type: 'steer', id: 0, key, change }),
        result: requests.ask({ type: 'live', key, input }, { signal, onReply }).then(({ result }) => result),
      }
    },
    dispose: requests.close,
  })
  return {
    async open(wanted, signal) {
      const { engine } = await requests.ask({ type: 'open', request: wanted }, { signal })
      isForgotten = false
      return engineOf(engine, wanted)
    },
    runs: async () => (await requests.ask({ type: 'list-runs' })).runs,
    discardRun: async (run) => void (await requests.ask({ type: 'discard-run', run })),
    close: requests.close,
  }
}

function liveReply(reply: Reply, { onProgress, onFrame, onPiece }: LiveEvents): void {
  if (reply.type === 'progress') onProgress?.(reply.progress)
  else if (reply.type === 'frame') onFrame?.(reply.frame)
  else if (reply.type === 'piece') onPiece?.(reply.bytes)
}

/** The engine in its own thread. */
export function startEngine(): EngineClient {
  return connectEngine(
    () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  )
}
