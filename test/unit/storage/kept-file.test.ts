import { expect, it } from 'vitest'
import { cachedEntries } from '../../../src/storage/cached-entries'
import { keptFile } from '../../../src/storage/kept-file'
import { sha256Hex } from '../../../src/weights/sources/sha256'
import { fakeCache } from '../../support/fake-cache'

const BYTES = new TextEncoder().encode('weights')

it('a file is loaded once, and comes from the cache after that', async () => {
  const cache = fakeCache()
  const open = () => cachedEntries(async () => cache, 'files.test', 2)
  const sha256 = await sha256Hex(BYTES)
  let loads = 0
  const load = async () => {
    loads += 1
    return BYTES
  }
  expect(await keptFile(sha256, load, open())).toEqual(BYTES)
  await expect.poll(() => cache.entries.size).toBe(1)
  expect(await keptFile(sha256, load, open())).toEqual(BYTES) // as on another visit
  expect(loads).toBe(1)

  // Another version has another hash, and damaged bytes are not used.
  const next = new TextEncoder().encode('newer weights')
  expect(await keptFile(await sha256Hex(next), async () => next, open())).toEqual(next)
  for (const address of cache.entries.keys()) cache.entries.set(address, new Response('damaged'))
  expect(await keptFile(sha256, load, open())).toEqual(BYTES)
  expect(loads).toBe(2)
})

it('a browser that keeps nothing loads it each time', async () => {
  const broken = cachedEntries(async () => Promise.reject(new Error('denied')), 'files.test', 2)
  const sha256 = await sha256Hex(BYTES)
  expect(await keptFile(sha256, async () => BYTES, broken)).toEqual(BYTES)
  expect(await keptFile(sha256, async () => BYTES, undefined)).toEqual(BYTES)
})
