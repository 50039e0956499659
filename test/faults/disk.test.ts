// A download whose disk is full, or whose power goes, at every write: what it says, and that it goes on.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { toFailure } from '../../src/protocol/errors'
import type { StoreFiles } from '../../src/storage/files'
import { createModelStore } from '../../src/storage/model-store'
import { storedFolder } from '../../src/storage/stored-folder'
import { sha256Hex } from '../../src/weights/sources/sha256'
import { memoryFiles, PowerCut } from '../unit/storage/memory-files'
import { serveFromMemory } from '../unit/storage/memory-server'
import { fullAt } from './faulty-files'
import { countPoints, failAt, pointsEach, pointsOf } from './plan'

afterEach(() => void vi.unstubAllGlobals())

const content = Uint8Array.from({ length: 3000 }, (_, i) => (i * 31) & 255)
const sha256 = await sha256Hex(content)
const MODEL = {
  id: 'wan',
  repository: 'owner/model',
  revision: '1',
  files: [
    { path: 'dit.gguf', url: 'http://server/dit', bytes: 3000, sha256 },
    { path: 'text/encoder.gguf', url: 'http://server/encoder', bytes: 3000 },
  ],
}

function download(files: StoreFiles): Promise<void> {
  const store = createModelStore({
    files,
    takeLock: async () => () => undefined,
    download: { pieceBytes: () => 100, rangeBytes: 500, pause: async () => undefined },
  })
  return store.download(MODEL, false, () => undefined, new AbortController().signal)
}

/** The hashes of the model's files as the engine reads them. */
async function hashes(files: StoreFiles): Promise<string[]> {
  const folder = await storedFolder('wan', files)
  return Promise.all(
    [...folder.files].map(async ([path, bytes]) => sha256Hex(await (await folder.open(path)).read(0, bytes))),
  )
}

/** The points of a download on a sound disk. */
async function counted(): Promise<ReadonlyMap<string, number>> {
  serveFromMemory(content)
  const plan = countPoints()
  const files = memoryFiles()
  await download(fullAt(files, plan))
  expect(await hashes(files)).toEqual([sha256, sha256])
  return plan.counts
}

describe('a download', () => {
  it('that finds the disk full at any write says so of its file, and goes on once there is room', async () => {
    const points = pointsOf(await counted(), pointsEach(12, Infinity))
    expect(points.length).toBeGreaterThan(20)
    for (const point of points) {
      const server = serveFromMemory(content)
      const files = memoryFiles()
      const plan = failAt(point)
      const at = `${point.class} ${point.nth}`
      const failure = toFailure(await download(fullAt(files, plan)).catch((error: unknown) => error))
      expect(plan.happened, at).toBe(true)
      expect(failure.code, at).toBe('storage-failed')
      expect(failure.message, at).toMatch(/^There is no room for (dit\.gguf|text\/encoder\.gguf|wan)\b/)
      const served = server.served
      await download(files)
      expect(await hashes(files), at).toEqual([sha256, sha256])
      expect(server.served - served, at).toBeLessThanOrEqual(2 * content.length) // no more than all of it
    }
    console.log(`full disks survived: ${points.length}`)
  })

  it('whose power goes at any operation goes on, whatever of the last writes is left', async () => {
    let survived = 0
    const most = pointsEach(40, Infinity)
    for (let operation = 0; operation < most; operation++) {
      serveFromMemory(content)
      let files = memoryFiles()
      files.cutAfter(operation)
      const outcome = await download(files).then(
        () => 'whole',
        (error: unknown) => error,
      )
      if (outcome === 'whole') break
      expect(outcome).toBeInstanceOf(PowerCut)
      let turn = operation
      files = files.afterCut(() => (turn++ % 3) / 3 + 0.1) // lost, torn, kept
      await download(files)
      expect(await hashes(files), `operation ${operation}`).toEqual([sha256, sha256])
      survived += 1
    }
    expect(survived).toBeGreaterThanOrEqual(Math.min(most, 40))
    console.log(`power cuts survived: ${survived}`)
  })
})
