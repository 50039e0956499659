// A page that has the store of downloads, and nothing else.
import '../../../src/ui/trusted-types'
import type { RemoteModel } from '../../../src/protocol/store'
import { startStore, type StoreClient } from '../../../src/worker/store-client'

declare global {
  /** Driven by the script that closes the tab. */
  var store: StoreClient
  /** Starts or goes on, and resolves when so much is here. */
  var downloadUntil: (model: RemoteModel, bytes: number) => Promise<void>
}

globalThis.store = startStore()
globalThis.downloadUntil = (model, bytes) =>
  new Promise((resolve, reject) => {
    store
      .download(model, { onProgress: ({ doneBytes }) => void (doneBytes >= bytes && resolve()) })
      .then(resolve, reject)
  })
