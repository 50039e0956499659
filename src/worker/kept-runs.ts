import { interruptedRuns } from '../engine/runs/interrupted'
import type { RunStores } from '../engine/runs/run-record'
import type { OpenRequest } from '../protocol/model-source'
import { opfsFiles } from '../storage/opfs'
import { filesInMemory } from '../storage/runs/files-in-memory'
import { createRunStore } from '../storage/runs/run-store'
import type { ServedRuns } from './serve'

/** Where this browser keeps runs: in its file system, where it has one, and in memory. */
export function runStores(): RunStores {
  const memory = createRunStore(filesInMemory())
  const hasFiles = 'storage' in navigator && 'getDirectory' in navigator.storage
  return hasFiles ? { disk: createRunStore(opfsFiles), memory } : { memory }
}

/** Of these, the ones for the runs of a model that was asked for so. */
export function storesFor({ storesRuns = true }: OpenRequest, stores: RunStores): RunStores {
  return storesRuns ? stores : { memory: stores.memory }
}

/** The runs of all stores, for the page. A disk that fails has none. */
export function servedRuns({ disk, memory }: RunStores): ServedRuns {
  const stores = disk ? [disk, memory] : [memory]
  return {
    list: async () =>
      (await Promise.all(stores.map((store) => interruptedRuns(store).catch(() => [])))).flat(),
    async discard(run) {
      for (const store of stores) await store.discard(run)
    },
  }
}
