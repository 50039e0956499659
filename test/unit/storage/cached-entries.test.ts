import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { embeddingStore } from '../../../src/worker/embedding-store'
import { tunedStore } from '../../../src/worker/tuned-store'
import { fakeCache } from '../../support/fake-cache'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const silent = new Promise<never>(() => undefined)

it('a cache storage that never answers is waited for once, and for seconds', async () => {
  let asked = 0
  const store = embeddingStore(() => {
    asked += 1
    return silent
  })
  const first = expect(store.get('a red ball')).rejects.toThrow(
    "The browser's cache storage does not answer.",
  )
  await vi.advanceTimersByTimeAsync(3_000)
  await first
  await expect(store.put('a red ball', Float32Array.of(1))).rejects.toThrow('does not answer')
  await expect(store.get('a red box')).rejects.toThrow('does not answer')
  expect(asked).toBe(1)
})

it.each(['match', 'keys', 'put', 'delete'] as const)('so is one whose %s never answers', async (name) => {
  const store = tunedStore(async () => ({ ...fakeCache(), [name]: () => silent }))
  const asking = name === 'match' ? store.get('a GPU') : store.put('a GPU', {} as never)
  const ended = expect(asking).rejects.toThrow('does not answer')
  for (let i = 0; i < 10; i++) {
    await vi.advanceTimersByTimeAsync(1_000)
    await new Promise((resolve) => setImmediate(resolve)) // the hash of the key comes from another thread
  }
  await ended
})
