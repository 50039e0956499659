import { fromFailure, ZoetropeError } from '../protocol/errors'
import type { Command, EngineCard, FinalReply, GenerationResult, Reply, ReplyOf, Request } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import type { MemoryPlan, PreviewImage, StageProgress } from '../protocol/progress'
import type { GenerationSettings } from '../protocol/settings'

export interface GenerationEvents {
  onProgress?(progress: StageProgress): void
  onPreview?(preview: PreviewImage): void
}

/** The engine, seen from the page. Every promise rejects with a `ZoetropeError`. */
export interface EngineClient {
  open(request: OpenRequest, signal?: AbortSignal): Promise<EngineCard>
  plan(settings: GenerationSettings, signal?: AbortSignal): Promise<MemoryPlan>
  /** After an abort it rejects with `cancelled` once the engine has stopped and is ready again. */
  generate(settings: GenerationSettings, events: GenerationEvents, signal?: AbortSignal): Promise<GenerationResult>
  close(): void
}

/** The part of `Worker` that the client uses. */
export interface WorkerPort {
  postMessage(command: Command): void
  addEventListener(type: 'message', listener: (event: { data: Reply }) => void): void
  addEventListener(type: 'error', listener: (event: { message?: string }) => void): void
  terminate(): void
}

interface Pending {
  events: GenerationEvents
  settle(reply: Reply): void
  reject(error: ZoetropeError): void
}

type NewRequest = Request extends infer Each ? (Each extends Request ? Omit<Each, 'id'> : never) : never

const CANCELLED = (): ZoetropeError => new ZoetropeError('cancelled', 'Cancelled.')

export function connectEngine(worker: WorkerPort): EngineClient {
  const pending = new Map<number, Pending>()
  let lastId = 0

  const failAll = (error: ZoetropeError): void => {
    for (const request of pending.values()) request.reject(error)
    pending.clear()
  }

  worker.addEventListener('message', ({ data: reply }) => {
    const request = pending.get(reply.id)
    if (request === undefined) return
    if (reply.type === 'progress') request.events.onProgress?.(reply.progress)
    else if (reply.type === 'preview') request.events.onPreview?.(reply.preview)
    else {
      pending.delete(reply.id)
      request.settle(reply)
    }
  })
  worker.addEventListener('error', (event) => {
    failAll(new ZoetropeError('internal', `The engine could not run${event.message ? `: ${event.message}` : ''}. Reload this page.`))
  })

  const request = <Type extends Request['type']>(
    command: Extract<NewRequest, { type: Type }>,
    events: GenerationEvents = {},
    signal?: AbortSignal,
  ): Promise<ReplyOf<FinalReply[Type]>> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(CANCELLED())
      const id = ++lastId
      const cancel = (): void => worker.postMessage({ type: 'cancel', id })
      signal?.addEventListener('abort', cancel, { once: true })
      const done = (): void => signal?.removeEventListener('abort', cancel)
      pending.set(id, {
        events,
        settle: (reply) => {
          done()
          if (reply.type === 'failed') reject(fromFailure(reply.failure))
          else resolve(reply as ReplyOf<FinalReply[Type]>) // the worker answers a command with its own final reply
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      worker.postMessage({ ...command, id } as Command)
    })

  return {
    open: async (wanted, signal) => (await request({ type: 'open', request: wanted }, {}, signal)).engine,
    plan: async (settings, signal) => (await request({ type: 'plan', settings }, {}, signal)).plan,
    generate: async (settings, events, signal) => (await request({ type: 'generate', settings }, events, signal)).result,
    close: () => {
      worker.terminate()
      failAll(CANCELLED())
    },
  }
}

/** The engine in its own thread. */
export function startEngine(): EngineClient {
  return connectEngine(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' }))
}
