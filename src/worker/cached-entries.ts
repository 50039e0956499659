/** What is used of a browser's Cache. */
export type EntryStorage = Pick<Cache, 'match' | 'put' | 'keys' | 'delete'>

/** A bounded number of entries in the browser's cache storage, by keys of any text. */
export interface CachedEntries {
  get(key: string): Promise<Response | undefined>
  /** The first ones go when there are too many. */
  put(key: string, body: BodyInit): Promise<void>
}

/**
 * @param host of the addresses that stand for the keys
 * @param most that are kept
 */
export function cachedEntries(open: () => Promise<EntryStorage>, host: string, most: number): CachedEntries {
  /** The key's hash: what was asked is not readable in the browser's storage. */
  const addressOf = async (key: string): Promise<string> => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
    return `https://${host}/${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
  return {
    get: async (key) => (await open()).match(await addressOf(key)),
    async put(key, body) {
      const storage = await open()
      const address = await addressOf(key)
      await storage.delete(address) // so that it goes to the end
      await storage.put(address, new Response(body))
      const kept = await storage.keys()
      await Promise.all(
        kept.slice(0, Math.max(0, kept.length - most)).map((oldest) => storage.delete(oldest)),
      )
    },
  }
}
