import { openPipeline } from '../engine/pipeline'
import type { Command } from '../protocol/messages'
import type { ReadyReply } from '../protocol/requests'
import { embeddingStore } from './embedding-store'
import { runStores, servedRuns, storesFor } from './kept-runs'
import { serveEngine } from './serve'
import { tunedStore } from './tuned-store'

const open = (name: string): Promise<Cache> => caches.open(name)
/** Only secure pages have a cache storage. */
const memories = 'caches' in globalThis ? { embeddings: embeddingStore(open), tuned: tunedStore(open) } : {}

const runs = runStores()

const handle = serveEngine(
  (request, signal) =>
    openPipeline({ gpu: navigator.gpu, ...memories, runs: storesFor(request, runs), ...request, signal }),
  (reply, transfer) => postMessage(reply, { transfer }),
  servedRuns(runs),
)

addEventListener('message', (event: MessageEvent<Command>) => handle(event.data))
postMessage({ type: 'ready', id: 0 } satisfies ReadyReply)
