import { fromFailure, ZoetropeError } from '../protocol/errors'
import type { RemoteModel, StoreCommand, StoredModel, StoreFinalReply, StoreProgress, StoreReply, StoreReplyOf, StoreRequest } from '../protocol/store'

export interface DownloadWishes {
  onProgress?(progress: StoreProgress): void
  /** What is whole is read again too, and damaged pieces are fetched again. */
  check?: boolean
}

/** What the browser says of its storage: hints, not promises. */
export interface StorageRoom {
  usedBytes: number
  freeBytes: number
  /** The browser does not clear it on its own. */
  isPersisted: boolean
}

/** The store of downloads, seen from the page. Every promise rejects with a `ZoetropeError`. */
export interface StoreClient {
  list(): Promise<StoredModel[]>
  /** Begins, or goes on, until every file is whole and verified. An abort pauses: it rejects with `cancelled`, and what has come stays. */
  download(model: RemoteModel, wishes?: DownloadWishes, signal?: AbortSignal): Promise<void>
  remove(model: string): Promise<void>
  room(): Promise<StorageRoom>
  /** Asks the browser to keep what is stored; whether it will. */
  persist(): Promise<boolean>
  close(): void
}

/** The part of `Worker` that the client uses. */
export interface StorePort {
  postMessage(command: StoreCommand): void
  addEventListener(type: 'message', listener: (event: { data: StoreReply }) => void): void
  addEventListener(type: 'error', listener: (event: { message?: string }) => void): void
  terminate(): void
}

interface Pending {
  onProgress: DownloadWishes['onProgress']
  settle(reply: StoreReply): void
  reject(error: ZoetropeError): void
}

type NewRequest = StoreRequest extends infer Each ? (Each extends StoreRequest ? Omit<Each, 'id'> : never) : never

const PAUSED = (): ZoetropeError => new ZoetropeError('cancelled', 'Paused.')

/** @param storage of the page: a worker may not ask to keep anything */
export function connectStore(worker: StorePort, storage: Pick<StorageManager, 'estimate' | 'persist' | 'persisted'>): StoreClient {
  const pending = new Map<number, Pending>()
  let lastId = 0

  const failAll = (error: ZoetropeError): void => {
    for (const request of pending.values()) request.reject(error)
    pending.clear()
  }

  worker.addEventListener('message', ({ data: reply }) => {
    const request = pending.get(reply.id)
    if (reply.type === 'progress') request?.onProgress?.(reply.progress)
    else {
      pending.delete(reply.id)
      request?.settle(reply)
    }
  })
  worker.addEventListener('error', (event) => {
    failAll(new ZoetropeError('internal', `The store of models could not run${event.message ? `: ${event.message}` : ''}. Reload this page.`))
  })

  const request = <Type extends StoreRequest['type']>(
    command: Extract<NewRequest, { type: Type }>,
    onProgress?: DownloadWishes['onProgress'],
    signal?: AbortSignal,
  ): Promise<StoreReplyOf<StoreFinalReply[Type]>> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(PAUSED())
      const id = ++lastId
      const pause = (): void => worker.postMessage({ type: 'pause', id })
      signal?.addEventListener('abort', pause, { once: true })
      const done = (): void => signal?.removeEventListener('abort', pause)
      pending.set(id, {
        onProgress,
        settle: (reply) => {
          done()
          if (reply.type === 'failed') reject(fromFailure(reply.failure))
          else resolve(reply as StoreReplyOf<StoreFinalReply[Type]>) // the worker answers a command with its own final reply
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      worker.postMessage({ ...command, id } as StoreCommand)
    })

  return {
    list: async () => (await request({ type: 'list' })).models,
    download: async (model, { onProgress, check = false } = {}, signal) => void (await request({ type: 'download', model, check }, onProgress, signal)),
    remove: async (model) => void (await request({ type: 'remove', model })),
    async room() {
      const { usage = 0, quota = 0 } = await storage.estimate()
      return { usedBytes: usage, freeBytes: Math.max(0, quota - usage), isPersisted: await storage.persisted() }
    },
    persist: () => storage.persist(),
    close: () => {
      worker.terminate()
      failAll(PAUSED())
    },
  }
}

/** The store in its own thread. */
export function startStore(): StoreClient {
  return connectStore(new Worker(new URL('./store-worker.ts', import.meta.url), { type: 'module', name: 'store' }), navigator.storage)
}
