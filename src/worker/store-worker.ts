import type { ReadyReply } from '../protocol/requests'
import type { StoreCommand } from '../protocol/store'
import { createModelStore } from '../storage/model-store'
import { opfsFiles } from '../storage/opfs'
import { takeWriterLock } from '../storage/web-lock'
import { serveStore } from './store-serve'

const handle = serveStore(createModelStore({ files: opfsFiles, takeLock: takeWriterLock }), (reply) =>
  postMessage(reply),
)

addEventListener('message', (event: MessageEvent<StoreCommand>) => handle(event.data))
postMessage({ type: 'ready', id: 0 } satisfies ReadyReply)
