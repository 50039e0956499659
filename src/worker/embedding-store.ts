import type { EmbeddingStore } from '../engine/prompt-cache'

/** What is used of a browser's Cache. */
type PromptStorage = Pick<Cache, 'match' | 'put' | 'keys' | 'delete'>

const NAME = 'zoetrope-prompts-1'
/** Of umT5-xxl one has 16 kB a token, so all together about 100 MB. */
const MOST = 64

/** The key's hash as an address: the prompt itself is not readable in the browser's storage. */
async function addressOf(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
  return `https://prompts.invalid/${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Encoded prompts in the browser's cache storage; the first ones go when there are too many. */
export function embeddingStore(open: (name: string) => Promise<PromptStorage>, most = MOST): EmbeddingStore {
  return {
    async get(key) {
      const found = await (await open(NAME)).match(await addressOf(key))
      const bytes = await found?.arrayBuffer()
      return bytes && bytes.byteLength % 4 === 0 ? new Float32Array(bytes) : undefined
    },
    async put(key, context) {
      const storage = await open(NAME)
      const address = await addressOf(key)
      await storage.delete(address) // so that it goes to the end
      await storage.put(address, new Response(context))
      const kept = await storage.keys()
      await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map((oldest) => storage.delete(oldest)))
    },
  }
}
