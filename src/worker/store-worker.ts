import type { StoreCommand } from '../protocol/store'
import { createModelStore } from '../weights/store/model-store'
import { opfsFiles } from '../weights/store/opfs'
import { takeWriterLock } from '../weights/store/web-lock'
import { serveStore } from './store-serve'

const handle = serveStore(createModelStore({ files: opfsFiles, takeLock: takeWriterLock }), (reply) =>
  postMessage(reply),
)

addEventListener('message', (event: MessageEvent<StoreCommand>) => handle(event.data))
