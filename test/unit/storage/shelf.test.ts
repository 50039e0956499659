// A shelf on which something went wrong: the rest of it works, and what is damaged is shown, fetched again or deleted.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { dataPath, journalPath, keyOf } from '../../../src/storage/entries'
import { NoRoom, type StoreFiles } from '../../../src/storage/files'
import { openJournal } from '../../../src/storage/journal'
import { createModelStore, type ModelStore } from '../../../src/storage/model-store'
import { opfsFiles } from '../../../src/storage/opfs'
import { storedFolder } from '../../../src/storage/stored-folder'
import { memoryFiles, type MemoryFiles } from './memory-files'
import { serveFromMemory } from './memory-server'

afterEach(() => void vi.unstubAllGlobals())

const content = Uint8Array.from({ length: 3000 }, (_, i) => (i * 31) & 255)
const never = new AbortController().signal
const model = (id: string) => ({
  id,
  repository: 'owner/model',
  revision: `of ${id}`,
  files: [{ path: 'dit.gguf', url: 'http://server/dit', bytes: 3000 }],
})
const store = (files: StoreFiles): ModelStore =>
  createModelStore({
    files,
    takeLock: async () => () => undefined,
    download: { pieceBytes: () => 100, rangeBytes: 500, pause: async () => undefined },
  })
const keyFor = (id: string): Promise<string> => keyOf(model(id), model(id).files[0]!)
const get = (files: StoreFiles, id: string, check = false): Promise<void> =>
  store(files).download(model(id), check, () => undefined, never)

async function stocked(): Promise<MemoryFiles> {
  const files = memoryFiles()
  for (const id of ['wan', 'fast']) await get(files, id)
  return files
}

async function appendUnknown(files: MemoryFiles, id: string): Promise<void> {
  const { journal } = openJournal<{ type: string }>(await files.open(journalPath(await keyFor(id))))
  journal.append({ type: 'moved' })
  journal.close()
}

describe('a journal of a newer version', () => {
  it('leaves the rest of the shelf working; its model is shown, and comes anew', async () => {
    serveFromMemory(content)
    const files = await stocked()
    await appendUnknown(files, 'fast')
    const [fast, wan] = (await store(files).list()).sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(wan).toMatchObject({ id: 'wan', isWhole: true })
    expect(wan).not.toHaveProperty('problem')
    expect(fast).toMatchObject({
      id: 'fast',
      isWhole: false,
      problem: 'It was stored by a newer version of Zoetrope. Reload the page, or download it again.',
    })
    await expect(storedFolder('fast', files)).rejects.toThrow('It was stored by a newer version')
    await expect(storedFolder('wan', files)).resolves.toBeDefined()
    await get(files, 'fast')
    expect((await store(files).list()).every(({ isWhole }) => isWhole)).toBe(true)
  })

  it('of a model as a whole is shown too, and can be deleted', async () => {
    serveFromMemory(content)
    const files = await stocked()
    const { journal } = openJournal<object>(await files.open('models/fast'))
    journal.append({ version: 2 })
    journal.close()
    expect(
      (await store(files).list()).map(({ id, isWhole, problem }) => [id, isWhole, typeof problem]),
    ).toEqual([
      ['wan', true, 'undefined'],
      ['fast', false, 'string'],
    ])
    await store(files).remove('fast')
    expect((await store(files).list()).map(({ id }) => id)).toEqual(['wan'])
  })

  it('can be deleted', async () => {
    serveFromMemory(content)
    const files = await stocked()
    await appendUnknown(files, 'fast')
    await store(files).remove('fast')
    expect((await store(files).list()).map(({ id }) => id)).toEqual(['wan'])
    expect(await files.names('files')).toHaveLength(2)
  })
})

describe('a stored file', () => {
  it('that is gone is shown as not here, and comes again', async () => {
    const server = serveFromMemory(content)
    const files = await stocked()
    await files.remove(dataPath(await keyFor('wan')))
    const found = (await store(files).list()).find(({ id }) => id === 'wan')
    expect(found).toMatchObject({ doneBytes: 0, totalBytes: 3000, isWhole: false })
    await expect(storedFolder('wan', files)).rejects.toMatchObject({
      code: 'model-missing',
      message:
        'The model wan is incomplete: dit.gguf has 0 of 3000 bytes on this disk. Resume its download to fetch what is missing.',
    })
    const { served } = server
    await get(files, 'wan')
    expect(server.served - served).toBe(3000)
    expect(files.bytes(dataPath(await keyFor('wan')))).toEqual(content)
  })

  it('that is cut gets what is missing', async () => {
    const server = serveFromMemory(content)
    const files = await stocked()
    const file = await files.open(dataPath(await keyFor('wan')))
    file.truncate(1850)
    file.flush()
    expect((await store(files).list()).find(({ id }) => id === 'wan')).toMatchObject({
      doneBytes: 1850,
      isWhole: false,
    })
    const { served } = server
    await get(files, 'wan')
    expect(server.served - served).toBe(3000 - 1800)
    expect((await store(files).list()).every(({ isWhole }) => isWhole)).toBe(true)
  })

  it('that is damaged at rest is found by a check, and the piece comes again', async () => {
    const server = serveFromMemory(content)
    const files = await stocked()
    const path = dataPath(await keyFor('wan'))
    files.damage(path, 1234)
    const { served } = server
    await get(files, 'wan')
    expect(server.served).toBe(served) // nobody looked
    await get(files, 'wan', true)
    expect(server.served - served).toBe(100)
    expect(files.bytes(path)).toEqual(content)
  })
})

describe('a full disk', () => {
  /** One on which the operation number `last` and all after it fail. */
  function fullAfter(files: MemoryFiles, last: number, room = 1_234): StoreFiles {
    let done = 0
    const step = (): void => {
      if (++done > last) throw new NoRoom('full')
    }
    return {
      ...files,
      room: async () => room,
      async open(path) {
        const file = await files.open(path)
        return {
          ...file,
          write: (offset, bytes) => (step(), file.write(offset, bytes)),
          truncate: (size) => (step(), file.truncate(size)),
        }
      },
    }
  }

  it('at any write is a sentence that names the file and the room, and what came stays', async () => {
    const server = serveFromMemory(content)
    let finished = false
    for (let last = 0; !finished; last++) {
      const files = memoryFiles()
      const outcome = await get(fullAfter(files, last), 'wan').catch((error: unknown) => error)
      finished = outcome === undefined
      if (finished) break
      expect(outcome, `at ${last}`).toMatchObject({
        code: 'storage-failed',
        message: expect.stringMatching(
          /^There is no room for (wan|dit\.gguf) in this browser's storage.*; the browser has 1\.2 kB left for this page\. Free some space on the disk or delete a model, and resume: what has arrived stays\./,
        ),
      })
      const { served } = server
      const before = (await store(files).list())[0]?.doneBytes ?? 0
      await get(files, 'wan')
      expect(server.served - served, `at ${last}`).toBe(3000 - before)
    }
    expect(finished).toBe(true)
  })

  it('leaves out what is left, where the browser claims that there is room', async () => {
    serveFromMemory(content)
    await expect(get(fullAfter(memoryFiles(), 1, 10e9), 'wan')).rejects.toThrow(
      /^There is no room for dit\.gguf in this browser's storage, which takes 3\.0 kB\. Free some space/,
    )
  })

  it("is noticed where Chromium's truncate does nothing, and where it writes a number that makes no sense", async () => {
    let written = 4_294_967_288
    const handle = {
      getSize: () => 0,
      read: () => 0,
      write: () => written,
      truncate: () => undefined,
      flush: () => undefined,
      close: () => undefined,
    }
    const folder = {
      getDirectoryHandle: async () => folder,
      getFileHandle: async () => ({ createSyncAccessHandle: async () => handle }),
    }
    vi.stubGlobal('navigator', { storage: { getDirectory: async () => folder } })
    const file = await opfsFiles.open('files/abc')
    expect(() => file.truncate(28e6)).toThrow(NoRoom)
    expect(() => file.truncate(0)).not.toThrow()
    expect(() => file.write(0, new Uint8Array(65_536))).toThrow(NoRoom)
    written = 65_536
    expect(() => file.write(0, new Uint8Array(65_536))).not.toThrow()
  })
})

describe('a list of files that was replaced', () => {
  const changed = (id: string) => ({ ...model(id), revision: 'newer' })
  const fetchChanged = (files: StoreFiles, id: string, check = false): Promise<void> =>
    store(files).download(changed(id), check, () => undefined, never)

  /** The first of two models lacks a piece. */
  async function damaged(): Promise<MemoryFiles> {
    const files = await stocked()
    const file = await files.open(dataPath(await keyFor('wan')))
    file.truncate(2000)
    return files
  }

  it('leaves nothing behind of the files that the new one does not name', async () => {
    serveFromMemory(content)
    const files = await damaged()
    await fetchChanged(files, 'wan')
    const keys = [await keyOf(changed('wan'), changed('wan').files[0]!), await keyFor('fast')]
    expect((await files.names('files')).sort()).toEqual(keys.flatMap((key) => [key, `${key}.journal`]).sort())
  })

  it('by an older version is cleared up by the next look, but not while an entry cannot be read', async () => {
    serveFromMemory(content)
    const files = await stocked()
    await files.remove('models/wan')
    const unreadable = await files.open('models/other')
    await store(files).list()
    expect(await files.names('files')).toHaveLength(4)
    unreadable.close()
    await files.remove('models/other')
    const another = createModelStore({ files, takeLock: async () => undefined })
    expect((await another.list()).map(({ id }) => id)).toEqual(['fast'])
    expect(await files.names('files')).toHaveLength(4) // another tab is writing
    await store(files).list()
    const key = await keyFor('fast')
    expect((await files.names('files')).sort()).toEqual([key, `${key}.journal`])
  })

  it('is not for a model that works: a check and an extra leave it its own', async () => {
    const server = serveFromMemory(content)
    const files = await stocked()
    const { served } = server
    await fetchChanged(files, 'wan', true)
    await fetchChanged(files, 'wan')
    expect(server.served).toBe(served)
    const tiny = { path: 'tiny', url: 'http://server/tiny', bytes: 3000, isOptional: true }
    const extended = { ...changed('wan'), files: [...changed('wan').files, tiny] }
    await store(files).download(extended, false, () => undefined, never)
    expect(server.served - served).toBe(3000)
    expect(await store(files).list()).toContainEqual(
      expect.objectContaining({ id: 'wan', revision: 'of wan', isWhole: true, files: ['dit.gguf', 'tiny'] }),
    )
    await get(files, 'wan') // without it again
    expect(await files.names('files')).toHaveLength(4)
  })
})
