import { openEngine } from '../engine/pipeline'
import type { Command } from '../protocol/messages'
import { serveEngine } from './serve'

const handle = serveEngine(
  (request) => openEngine({ gpu: navigator.gpu, ...request }),
  (reply, transfer) => postMessage(reply, { transfer }),
)

addEventListener('message', (event: MessageEvent<Command>) => handle(event.data))
