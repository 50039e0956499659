import { afterEach, describe, expect, it, vi } from 'vitest'
import { sha256Hex } from '../../../src/weights/sources/sha256'
import { createModelStore, type ModelStore } from '../../../src/storage/model-store'
import { dataPath, parseModel, rememberModel } from '../../../src/storage/entries'
import { storedFolder } from '../../../src/storage/stored-folder'
import { memoryFiles, type MemoryFiles } from './memory-files'
import { serveFromMemory } from './memory-server'

afterEach(() => void vi.unstubAllGlobals())

const content = Uint8Array.from({ length: 3000 }, (_, i) => (i * 31) & 255)
const sha256 = await sha256Hex(content)
const never = new AbortController().signal

/** Two files; the encoder is every model's. */
const model = (id: string): object => ({
  id,
  repository: 'owner/model',
  revision: `of ${id}`,
  files: [
    { path: 'dit.gguf', url: 'http://server/dit', bytes: 3000 },
    { path: 'text/encoder.gguf', url: 'http://server/encoder', bytes: 3000, sha256 },
  ],
})

function store(
  files: MemoryFiles,
  takeLock = async (): Promise<(() => void) | undefined> => () => undefined,
): ModelStore {
  return createModelStore({
    files,
    takeLock,
    download: { pieceBytes: () => 100, rangeBytes: 500, pause: async () => undefined },
  })
}

it('downloads, lists, gives to the engine and deletes', async () => {
  const server = serveFromMemory(content)
  const files = memoryFiles()
  const models = store(files)
  const seen: number[] = []
  expect(await models.list()).toEqual([])
  await models.download(
    model('wan'),
    false,
    ({ doneBytes, totalBytes }) => seen.push(doneBytes / totalBytes),
    never,
  )
  expect(seen.at(-1)).toBe(1)
  expect(await models.list()).toEqual([
    {
      id: 'wan',
      repository: 'owner/model',
      revision: 'of wan',
      doneBytes: 6000,
      totalBytes: 6000,
      isWhole: true,
      files: ['dit.gguf', 'text/encoder.gguf'],
    },
  ])
  const folder = await storedFolder('wan', files)
  expect([...folder.files]).toEqual([
    ['dit.gguf', 3000],
    ['text/encoder.gguf', 3000],
  ])
  const source = await folder.open('text/encoder.gguf')
  expect([...(await source.read(1234, 5))]).toEqual([...content.subarray(1234, 1239)])
  const { requests } = server
  await models.download(model('wan'), false, () => undefined, never)
  expect(server.requests).toBe(requests)
  await models.remove('wan')
  expect(await models.list()).toEqual([])
  expect([...(await files.names('files')), ...(await files.names('models'))]).toEqual([])
  await expect(storedFolder('wan', files)).rejects.toMatchObject({ code: 'model-missing' })
})

it('keeps a file that two models share once, until neither is wanted', async () => {
  const server = serveFromMemory(content)
  const files = memoryFiles()
  const models = store(files)
  await Promise.all(['wan', 'fast'].map((id) => models.download(model(id), false, () => undefined, never)))
  expect(server.served).toBe(3 * 3000)
  await models.remove('wan')
  expect(files.bytes(dataPath(sha256))).toEqual(content)
  expect((await models.list()).map(({ id, isWhole }) => [id, isWhole])).toEqual([['fast', true]])
  await models.remove('fast')
  expect(await files.names('files')).toEqual([])
})

describe('a file that a model does without', () => {
  const tiny = { path: 'tiny.safetensors', url: 'http://blocked/tiny', bytes: 3000 }
  const extended = (more: object): object => {
    const { files: needed } = model('wan') as { files: object[] }
    return { ...model('wan'), files: [...needed, { ...tiny, ...more }] }
  }
  const blocked = async (): Promise<Response> => new Response('', { status: 403 })
  const lists = async (models: ModelStore): Promise<unknown> =>
    (await models.list()).map(({ isWhole, files }) => [isWhole, files.length])

  it('and that does not come leaves the model usable; it comes when it can', async () => {
    const server = serveFromMemory(content)
    const files = memoryFiles()
    const models = store(files)
    const get = (json: object): Promise<void> => models.download(json, false, () => undefined, never)
    await get(model('wan'))
    const line = globalThis.fetch
    vi.stubGlobal('fetch', blocked)
    await expect(get(extended({ isOptional: true }))).rejects.toThrow(
      /tiny\.safetensors could not be fetched/,
    )
    expect(await lists(models)).toEqual([[true, 2]])
    expect([...(await storedFolder('wan', files)).files.keys()]).toEqual(['dit.gguf', 'text/encoder.gguf'])
    vi.stubGlobal('fetch', line)
    const { served } = server
    await get(extended({ isOptional: true }))
    expect(server.served - served).toBe(3000)
    expect(await lists(models)).toEqual([[true, 3]])
    expect((await storedFolder('wan', files)).files.get(tiny.path)).toBe(3000)
  })

  it('of an entry that does not say so holds it back only until the next download', async () => {
    serveFromMemory(content)
    const files = memoryFiles()
    const models = store(files)
    const get = (json: object): Promise<void> => models.download(json, false, () => undefined, never)
    await get(model('wan'))
    await rememberModel(files, parseModel(extended({}))) // as an older version did
    vi.stubGlobal('fetch', blocked)
    await expect(storedFolder('wan', files)).rejects.toThrow(
      'The model wan is incomplete: tiny.safetensors has 0',
    )
    await expect(get(extended({ isOptional: true }))).rejects.toThrow(/tiny/)
    expect((await storedFolder('wan', files)).files.size).toBe(2)
  })
})

it('pauses, also while it waits for its turn, and goes on', async () => {
  const server = serveFromMemory(content)
  const files = memoryFiles()
  const models = store(files)
  const [stop, waiting] = [new AbortController(), new AbortController()]
  const first = models.download(
    model('wan'),
    false,
    ({ doneBytes }) => void (doneBytes > 0 && stop.abort(new Error('Paused.'))),
    stop.signal,
  )
  const second = models.download(model('fast'), false, () => undefined, waiting.signal)
  await expect(models.remove('wan')).rejects.toMatchObject({
    code: 'busy',
    message: 'wan is being downloaded: pause it before it is deleted.',
  })
  await expect(models.download(model('wan'), false, () => undefined, never)).rejects.toThrow(
    'wan is being downloaded already.',
  )
  waiting.abort(new Error('Not that one.'))
  await expect(second).rejects.toThrow('Not that one.')
  await expect(first).rejects.toThrow('Paused.')
  await expect(storedFolder('wan', files)).rejects.toThrow(
    /The model wan is incomplete: (dit|text\/encoder)\.gguf has \d+ of 3000 bytes/,
  )
  await models.download(model('wan'), false, () => undefined, never)
  expect(server.served).toBeLessThan(6000 + 4 * 600)
  expect((await models.list())[0]?.isWhole).toBe(true)
})

it('is told that another tab writes, and holds the lock only while it writes', async () => {
  serveFromMemory(content)
  let held = 0
  const files = memoryFiles()
  await expect(
    store(files, async () => undefined).download(model('wan'), false, () => undefined, never),
  ).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringMatching(/^Another tab of Zoetrope is writing/),
  })
  expect(await files.names('models')).toEqual([])
  const models = store(files, async () => {
    held += 1
    return () => void (held -= 1)
  })
  await models.download(model('wan'), false, () => expect(held).toBe(1), never)
  expect(held).toBe(0)
})

it.each([
  [{ id: '../wan' }, /id is "\.\.\/wan" and must be letters/],
  [{ files: [] }, /files is \[\] and must be a list of at least one file/],
  [
    { files: [{ path: '../x', url: 'http://server/x', bytes: 1 }] },
    /path is "\.\.\/x" and must be a relative path/,
  ],
  [
    { files: [{ path: 'x', url: 'http://server/x', bytes: 1, sha256: 'AB' }] },
    /sha256 is "AB" and must be a SHA-256/,
  ],
])('refuses an entry that is none: %j', async (changes, sentence) => {
  await expect(
    store(memoryFiles()).download({ ...model('wan'), ...changes }, false, () => undefined, never),
  ).rejects.toThrow(sentence)
})
