import type { TunedStore } from '../engine/kernels/tuning'
import { cachedEntries, type EntryStorage } from '../storage/cached-entries'

const NAME = 'zoetrope-tuned-1'
/** A model has one entry for each GPU, weight format and version of the app. */
const MOST = 32

/**
 * The loops that were chosen, in the browser's cache storage, and beside it as long as this lives: where the browser
 * gives no storage, a GPU that was lost while loops were tried must not be lost to the same again.
 */
export function tunedStore(open: (name: string) => Promise<EntryStorage>): TunedStore {
  const entries = cachedEntries(() => open(NAME), 'tuned.invalid', MOST)
  const session = new Map<string, unknown>()
  return {
    async get(key) {
      const bytes = session.has(key) ? undefined : await entries.get(key)
      return bytes === undefined ? session.get(key) : JSON.parse(new TextDecoder().decode(bytes))
    },
    async put(key, variants) {
      session.set(key, variants)
      await entries.put(key, JSON.stringify(variants))
    },
  }
}
