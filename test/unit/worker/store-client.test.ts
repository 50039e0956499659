import { afterEach, expect, it, vi } from 'vitest'
import { startStore, type StorageQuota } from '../../../src/worker/store-client'

afterEach(() => void vi.unstubAllGlobals())

async function quotaOf(estimate: StorageEstimate & { usageDetails?: object }): Promise<StorageQuota> {
  vi.stubGlobal('navigator', { storage: { estimate: async () => estimate, persisted: async () => false } })
  vi.stubGlobal(
    'Worker',
    class extends EventTarget {
      postMessage(): void {}
      terminate(): void {}
    },
  )
  const store = startStore()
  return store.quota().finally(store.close)
}

it('tells what the caches take where the browser says so', async () => {
  const used = { usage: 10, quota: 30 }
  const quota = { usedBytes: 10, freeBytes: 20, isPersisted: false }
  expect(await quotaOf(used)).toEqual(quota)
  expect(await quotaOf({ ...used, usageDetails: { fileSystem: 10 } })).toEqual(quota)
  expect(await quotaOf({ ...used, usageDetails: { caches: 4, fileSystem: 6 } })).toEqual({
    ...quota,
    cacheBytes: 4,
  })
})
