import { openEngine } from '../engine/pipeline'
import type { Command } from '../protocol/messages'
import { serveEngine } from './serve'

declare const self: DedicatedWorkerGlobalScope

const handle = serveEngine(
  (modelUrl) => openEngine({ gpu: navigator.gpu, modelUrl }),
  (reply, transfer) => self.postMessage(reply, transfer),
)

self.addEventListener('message', (event: MessageEvent<Command>) => handle(event.data))
