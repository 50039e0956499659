import { expect, it } from 'vitest'
import { tunedStore } from '../../../src/worker/tuned-store'
import type { Variants } from '../../../src/gpu/variants'
import { fakeCache } from '../../support/fake-cache'

const VARIANTS: Variants = { linear: '128', attention: 'tile', norms: 'direct4', convolution: 'tile' }

it('keeps what was chosen beyond its own life', async () => {
  const cache = fakeCache()
  await tunedStore(async () => cache).put('a GPU', VARIANTS)
  const next = tunedStore(async () => cache)
  expect(await next.get('a GPU')).toEqual(VARIANTS)
  expect(await next.get('another')).toBeUndefined()
})

it('rejects for an entry that was cut', async () => {
  const cache = fakeCache()
  await tunedStore(async () => cache).put('a GPU', VARIANTS)
  const [address] = cache.entries.keys()
  cache.entries.set(address!, new Response('{"linear":'))
  await expect(tunedStore(async () => cache).get('a GPU')).rejects.toThrow()
})

it('keeps it for its own life where the browser gives no storage', async () => {
  const store = tunedStore(() => Promise.reject(new Error('SecurityError')))
  await expect(store.put('a GPU', VARIANTS)).rejects.toThrow('SecurityError')
  expect(await store.get('a GPU')).toEqual(VARIANTS)
})
