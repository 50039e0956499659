import type { EmbeddingStore } from '../engine/prompt-cache'
import { cachedEntries, type EntryStorage } from '../storage/cached-entries'

const NAME = 'zoetrope-prompts-1'
/** Entries of umT5-xxl take 16 kB a token, about 100 MB altogether. */
const MOST = 64

/** Encoded prompts in the browser's cache storage; removes the oldest when there are too many. */
export function embeddingStore(open: (name: string) => Promise<EntryStorage>, most = MOST): EmbeddingStore {
  const entries = cachedEntries(() => open(NAME), 'prompts.invalid', most)
  return {
    async get(key) {
      const bytes = await entries.get(key)
      return bytes && bytes.byteLength % 4 === 0 ? new Float32Array(bytes) : undefined
    },
    put: (key, context) => entries.put(key, context),
  }
}
