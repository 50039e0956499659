import { describe, expect, it } from 'vitest'
import { PromptCache, type EmbeddingStore } from '../../../src/engine/prompt-cache'

const context = (...values: number[]): Float32Array<ArrayBuffer> => Float32Array.from(values)

function counting(value: Float32Array<ArrayBuffer>) {
  const encode = async (): Promise<Float32Array<ArrayBuffer>> => {
    encode.calls++
    return value
  }
  encode.calls = 0
  return encode
}

function memoryStore(): EmbeddingStore & { readonly entries: Map<string, Float32Array<ArrayBuffer>> } {
  const entries = new Map<string, Float32Array<ArrayBuffer>>()
  return {
    entries,
    get: async (key) => entries.get(key),
    put: async (key, value) => void entries.set(key, value),
  }
}

describe('the prompt cache', () => {
  it('encodes a prompt once', async () => {
    const cache = new PromptCache()
    const [a, b] = [counting(context(1, 2)), counting(context(3, 4))]
    expect(await cache.get('a', 2, a)).toEqual(context(1, 2))
    expect(await cache.get('b', 2, b)).toEqual(context(3, 4))
    expect(await cache.get('a', 2, a)).toEqual(context(1, 2))
    expect([a.calls, b.calls]).toEqual([1, 1])
  })

  it('forgets the least recently used beyond its bound', async () => {
    const cache = new PromptCache(undefined, 16)
    const encoders = ['a', 'b', 'c'].map(() => counting(context(0, 0)))
    const [a, b, c] = encoders as [(typeof encoders)[0], (typeof encoders)[0], (typeof encoders)[0]]
    await cache.get('a', 2, a!)
    await cache.get('b', 2, b!)
    await cache.get('a', 2, a!)
    await cache.get('c', 2, c!) // b goes
    await cache.get('a', 2, a!)
    await cache.get('b', 2, b!)
    expect(encoders.map((encode) => encode.calls)).toEqual([1, 2, 1])
  })

  it('does not keep a failure', async () => {
    const cache = new PromptCache()
    await expect(cache.get('a', 2, () => Promise.reject(new Error('Enough.')))).rejects.toThrow('Enough.')
    expect(await cache.get('a', 2, counting(context(1, 2)))).toEqual(context(1, 2))
  })

  it('finds in its store what another cache encoded', async () => {
    const store = memoryStore()
    await new PromptCache(store).get('a', 2, counting(context(1, 2)))
    const encode = counting(context(9, 9))
    expect(await new PromptCache(store).get('a', 2, encode)).toEqual(context(1, 2))
    expect(encode.calls).toBe(0)
  })

  it.each([
    { name: 'of another length', stored: context(1, 2, 3) },
    { name: 'with no number in it', stored: context(1, Number.NaN) },
  ])('encodes again what is stored $name', async ({ stored }) => {
    const store = memoryStore()
    store.entries.set('a', stored)
    expect(await new PromptCache(store).get('a', 2, counting(context(1, 2)))).toEqual(context(1, 2))
    expect(store.entries.get('a')).toEqual(context(1, 2))
  })

  it('works without its store where that fails', async () => {
    const broken: EmbeddingStore = {
      get: () => Promise.reject(new Error('No.')),
      put: () => Promise.reject(new Error('No.')),
    }
    expect(await new PromptCache(broken).get('a', 2, counting(context(1, 2)))).toEqual(context(1, 2))
  })
})
