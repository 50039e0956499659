import { openEngine } from '../engine/pipeline'
import type { Command } from '../protocol/messages'
import { embeddingStore } from './embedding-store'
import { serveEngine } from './serve'

/** Only secure pages have a cache storage. */
const embeddings = 'caches' in globalThis ? { embeddings: embeddingStore((name) => caches.open(name)) } : {}

const handle = serveEngine(
  (request, signal) => openEngine({ gpu: navigator.gpu, ...embeddings, ...request, signal }),
  (reply, transfer) => postMessage(reply, { transfer }),
)

addEventListener('message', (event: MessageEvent<Command>) => handle(event.data))
