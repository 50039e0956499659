import { describe, expect, it } from 'vitest'
import { embeddingStore } from '../../../src/worker/embedding-store'
import { fakeCache } from '../../support/fake-cache'

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
