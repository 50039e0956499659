import { ZoetropeError } from '../protocol/errors'
import { within } from '../protocol/within'

/** The used part of a browser's Cache. */
export type EntryStorage = Pick<Cache, 'match' | 'put' | 'keys' | 'delete'>

/**
 * A bounded number of entries in the browser's cache storage, under arbitrary keys. Rejects where that does not
 * answer.
 */
export interface CachedEntries {
  get(key: string): Promise<ArrayBuffer | undefined>
  /** Removes the oldest when there are too many. */
  put(key: string, body: BodyInit): Promise<void>
}

/** Milliseconds. What is kept there saves time; longer it is not worth. */
const PATIENCE = 3_000

/** Waits for a storage that may never answer; after it did not once, it is not asked again. */
function impatient(): <T>(ask: () => Promise<T>) => Promise<T> {
  let silent: ZoetropeError | undefined
  const late = (): ZoetropeError =>
    (silent = new ZoetropeError('storage-failed', "The browser's cache storage does not answer."))
  return async (ask) => {
    if (silent !== undefined) throw silent
    return within(ask(), { ms: PATIENCE, late })
  }
}

/**
 * @param host of the addresses that represent the keys
 * @param most the largest number of entries
 */
export function cachedEntries(open: () => Promise<EntryStorage>, host: string, most: number): CachedEntries {
  /** The key's hash, so that prompts are not readable in the browser's storage. */
  const addressOf = async (key: string): Promise<string> => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
    return `https://${host}/${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
  const asked = impatient()
  const put = async (key: string, body: BodyInit): Promise<void> => {
    const storage = await open()
    const address = await addressOf(key)
    await storage.delete(address) // moves it to the end
    await storage.put(address, new Response(body))
    const kept = await storage.keys()
    await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map((oldest) => storage.delete(oldest)))
  }
  return {
    get: (key) => asked(async () => (await (await open()).match(await addressOf(key)))?.arrayBuffer()),
    put: (key, body) => asked(() => put(key, body)),
  }
}
