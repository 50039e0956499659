import { expect, it } from 'vitest'
import { filesInMemory } from '../../../src/storage/runs/files-in-memory'
import { createRunStore } from '../../../src/storage/runs/run-store'
import { storesFor } from '../../../src/worker/kept-runs'

it('runs are kept on the disk, unless the page wants none there', () => {
  const stores = { disk: createRunStore(filesInMemory()), memory: createRunStore(filesInMemory()) }
  const model = { kind: 'stored', model: 'wan' } as const
  expect(storesFor({ model }, stores)).toBe(stores)
  expect(storesFor({ model, storesRuns: false }, stores)).toEqual({ memory: stores.memory })
})
