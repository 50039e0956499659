import type {
  RemoteModel,
  StoreCommand,
  StoredModel,
  StoreFinalReply,
  StoreProgress,
  StoreReply,
  StoreRequest,
} from '../protocol/store'
import type { ReadyReply } from '../protocol/requests'
import { connectWorker, type WorkerPort } from './client-requests'

export interface DownloadRequest {
  onProgress?(progress: StoreProgress): void
  /** Also reads back complete files, and fetches damaged pieces again. */
  check?: boolean
}

/** The browser's figures about its storage: hints, not promises. */
export interface StorageQuota {
  usedBytes: number
  freeBytes: number
  /** Of those used, what its caches take: the page itself, and small files. Absent where the browser does not say. */
  cacheBytes?: number
  /** The browser does not clear it on its own. */
  isPersisted: boolean
}

/** The store of downloads, seen from the page. Every promise rejects with a `ZoetropeError`. */
export interface StoreClient {
  list(): Promise<StoredModel[]>
  /**
   * Begins or resumes, until every file is complete and verified. An abort pauses: rejects with `cancelled`, and
   * keeps what has arrived.
   */
  download(model: RemoteModel, request?: DownloadRequest, signal?: AbortSignal): Promise<void>
  remove(model: string): Promise<void>
  quota(): Promise<StorageQuota>
  /** Asks the browser to keep the storage; resolves with whether it will. */
  persist(): Promise<boolean>
  close(): void
}

/** Chromium also says what kinds of storage take. */
type DetailedEstimate = StorageEstimate & { readonly usageDetails?: { readonly caches?: number } }

export type StorePort = WorkerPort<StoreCommand, StoreReply | ReadyReply>

/** @param storage of the page, because a worker may not request persistence */
function connectStore(
  start: () => StorePort,
  storage: Pick<StorageManager, 'estimate' | 'persist' | 'persisted'>,
): StoreClient {
  const { ask, close } = connectWorker<StoreRequest, StoreReply, StoreFinalReply>(start, {
    who: 'The store of models',
    cancelled: 'Paused.',
  })

  return {
    list: async () => (await ask({ type: 'list' })).models,
    async download(model, { onProgress, check = false } = {}, signal) {
      const onReply = (reply: StoreReply): void => {
        if (reply.type === 'progress') onProgress?.(reply.progress)
      }
      await ask({ type: 'download', model, check }, { signal, onReply })
    },
    remove: async (model) => void (await ask({ type: 'remove', model })),
    async quota() {
      const { usage = 0, quota = 0, usageDetails }: DetailedEstimate = await storage.estimate()
      const { caches: cacheBytes } = usageDetails ?? {}
      return {
        usedBytes: usage,
        freeBytes: Math.max(0, quota - usage),
        ...(cacheBytes !== undefined && { cacheBytes }),
        isPersisted: await storage.persisted(),
      }
    },
    persist: () => storage.persist(),
    close,
  }
}

/** The store in its own thread. */
export function startStore(): StoreClient {
  return connectStore(
    () => new Worker(new URL('./store-worker.ts', import.meta.url), { type: 'module', name: 'store' }),
    navigator.storage,
  )
}
