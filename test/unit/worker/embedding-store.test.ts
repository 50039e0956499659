import { describe, expect, it } from 'vitest'
import { embeddingStore } from '../../../src/worker/embedding-store'

/** A Cache in memory, its entries in the order in which they came. */
function fakeCache() {
  const entries = new Map<string, Response>()
  const urlOf = (request: RequestInfo | URL): string => (request instanceof Request ? request.url : String(request))
  return {
    entries,
    match: async (request: RequestInfo | URL) => entries.get(urlOf(request))?.clone(),
    put: async (request: RequestInfo | URL, response: Response) => void entries.set(urlOf(request), response),
    keys: async () => [...entries.keys()].map((url) => new Request(url)),
    delete: async (request: RequestInfo | URL) => entries.delete(urlOf(request)),
  }
}

const context = Float32Array.from([1.5, -2, 3e-8])

describe('the store of encoded prompts', () => {
  it('gives back what was put, bit for bit, and nothing for another key', async () => {
    const cache = fakeCache()
    const store = embeddingStore(async () => cache)
    await store.put('a red ball', context)
    expect(await store.get('a red ball')).toEqual(context)
    expect(await store.get('a red box')).toBeUndefined()
    expect([...cache.entries.keys()].join()).not.toContain('ball')
  })

  it('keeps so many, the latest', async () => {
    const cache = fakeCache()
    const store = embeddingStore(async () => cache, 2)
    for (const key of ['a', 'b', 'a', 'c']) await store.put(key, context)
    expect(cache.entries.size).toBe(2)
    expect(await store.get('b')).toBeUndefined()
    expect(await store.get('a')).toEqual(context)
  })

  it('gives nothing for an entry that was cut', async () => {
    const cache = fakeCache()
    const store = embeddingStore(async () => cache)
    await store.put('a', context)
    const [address] = cache.entries.keys()
    cache.entries.set(address!, new Response(new Uint8Array(7)))
    expect(await store.get('a')).toBeUndefined()
  })
})
