import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { CATALOGUE, totalBytes } from '../../../src/catalogue/catalogue'
import { ZoetropeError } from '../../../src/protocol/errors'
import { limitsFor } from '../../../src/protocol/limits'
import type { EngineCard } from '../../../src/protocol/engine'
import type { OpenRequest } from '../../../src/protocol/model-source'
import type { RemoteModel, StoredModel, StoreProgress } from '../../../src/protocol/store'
import { cardsOf, strangersOf } from '../../../src/ui/library/card-view'
import type { PageStorage } from '../../../src/ui/kept'
import { en } from '../../../src/ui/text/en'
import { FIRST_CHOICE, readChoice } from '../../../src/ui/library/choice'
import type { DiskMemory } from '../../../src/ui/library/disk-memory'
import { titleOf } from '../../../src/ui/library/browser-handles'
import { apart } from '../../../src/ui/library/picked'
import { readBase, type ReadBase } from '../../../src/ui/library/read-base'
import {
  createModelLibrary,
  DISK,
  type ModelLibrary,
  type ModelLibraryOptions,
} from '../../../src/ui/library/model-library'
import type { Job, SessionState } from '../../../src/ui/session-state'
import { createStore, type Store } from '../../../src/ui/store'
import { formatPace } from '../../../src/ui/words'
import type { StoreClient } from '../../../src/worker/store-client'
import { settings } from '../worker/fake-engine'

/** Of Wan 2.1's latents. */
const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

const GGUF = 'wan2.1-t2v-1.3b-gguf'
const SMALL = 'wan2.1-t2v-1.3b-small'
const MINI = CATALOGUE.find(({ folder }) => folder !== undefined)!.id
const bundled: OpenRequest = { model: { kind: 'url', url: 'https://a.org/models/mini/' } }
const files = [{ name: 'wan.gguf', file: new Blob(['x']) }]
const picked = { files, handles: [] }

const engine: EngineCard = {
  adapter: 'GPU',
  model: {
    id: 'm',
    title: 'M',
    version: '1',
    fps: 16,
    defaults: limitsFor(UNITS).defaults,
    limits: limitsFor(UNITS),
    sizes: [],
    bytes: 1,
    takesPicture: false,
  },
}

const JOB: Job = {
  settings,
  begunAt: 0,
  notes: [],
  progress: undefined,
  preview: undefined,
  isStopping: false,
  isFinishing: false,
}

class Memory implements PageStorage {
  readonly items = new Map<string, string>()
  getItem = (key: string): string | null => this.items.get(key) ?? null
  setItem = (key: string, value: string): void => void this.items.set(key, value)
}

/** A store of downloads that does what the test says, and keeps what a real one keeps. */
class Downloads {
  readonly stored = new Map<string, StoredModel>()
  readonly asked: RemoteModel[] = []
  readonly checks: boolean[] = []
  isPersisted = false
  freeBytes = 1e12
  /** Of the download that runs. */
  tell: (progress: StoreProgress) => void = () => undefined
  finish: () => void = () => undefined
  fail: (error: Error) => void = () => undefined

  readonly client: StoreClient = {
    list: async () => [...this.stored.values()],
    download: (model, wishes, signal) => {
      this.asked.push(model)
      this.checks.push(wishes?.check === true)
      const { id, repository, revision } = model
      const total = model.files.reduce((sum, { bytes }) => sum + bytes, 0)
      const keep = (doneBytes: number): void => {
        let end = 0
        const arrived = model.files.filter(({ bytes }) => (end += bytes) <= doneBytes)
        this.stored.set(id, {
          id,
          repository,
          revision,
          doneBytes,
          totalBytes: total,
          isWhole: model.files.every((file) => file.isOptional === true || arrived.includes(file)),
          files: arrived.map(({ path }) => path),
        })
      }
      return new Promise((resolve, reject) => {
        this.tell = (progress) => {
          keep(progress.doneBytes)
          wishes?.onProgress?.(progress)
        }
        this.finish = () => {
          keep(total)
          resolve()
        }
        this.fail = reject
        signal?.addEventListener('abort', () => reject(new ZoetropeError('cancelled', 'Paused.')))
      })
    },
    remove: async (model) => void this.stored.delete(model),
    quota: async () => ({ usedBytes: 1, freeBytes: this.freeBytes, isPersisted: this.isPersisted }),
    persist: async () => this.isPersisted,
    close: () => undefined,
  }
}

let storage: Memory
let downloads: Downloads
let session: Store<SessionState>
/** Whether the session was told that no model is to be opened. */
let withheld: boolean
let opened: OpenRequest[]
let disk: DiskMemory
let isAllowed: boolean
/** Whether the engine can open what it is given. */
let opens: boolean

beforeEach(() => {
  storage = new Memory()
  downloads = new Downloads()
  opened = []
  withheld = false
  session = createStore<SessionState>({
    engine: undefined,
    job: undefined,
    clip: undefined,
    film: undefined,
    problem: undefined,
    plan: undefined,
    planned: undefined,
    loras: [],
    speed: undefined,
    planProblem: undefined,
  })
  isAllowed = true
  opens = true
  disk = {
    list: async () => [{ key: 'k', title: 'wan.gguf', bytes: 1 }],
    remember: async () => ({ key: 'k', title: 'wan.gguf', bytes: 1 }),
    forget: async () => undefined,
    files: async (_key, mayAsk) => (isAllowed || mayAsk ? files : undefined),
  }
})

function libraryWith(changes: Partial<ModelLibraryOptions> = {}): ModelLibrary {
  return createModelLibrary({
    session: {
      ...session,
      open: async (request) => {
        if (request !== undefined) opened.push(request)
        withheld = false
        session.set({ engine: opens ? engine : undefined })
      },
      withhold: () => void (withheld = true),
      isWithheld: () => withheld,
      cancel: () => session.set({ job: undefined }),
      dismiss: () => session.set({ problem: undefined }),
    },
    modelStore: downloads.client,
    disk,
    request: bundled,
    isAddressed: false,
    storage,
    catalogue: CATALOGUE,
    ...changes,
  })
}

it('a model is one to begin with where it takes no longer than people wait', () => {
  const first = CATALOGUE.find(({ isRecommended }) => isRecommended === true)!
  const cardAt = (hours: number) =>
    cardsOf(CATALOGUE, libraryWith().get(), en, () => ({
      low: 3600 * hours,
      likely: 3600 * hours,
      high: 3600 * hours,
      stages: {},
      source: 'model',
    })).find(({ id }) => id === first.id)!
  expect(cardAt(2)).toMatchObject({
    isRecommended: true,
    facts: expect.arrayContaining(['about 2 h per video here']),
  })
  expect(cardAt(200)).toMatchObject({
    isRecommended: false,
    facts: expect.arrayContaining(['more than 3 hours per video here']),
  })
})

const placeOf = (library: ModelLibrary, id: string) =>
  cardsOf(CATALOGUE, library.get()).find((card) => card.id === id)?.place

describe('a visit', () => {
  it('begins with the bundled model', async () => {
    const library = libraryWith()
    await library.start()
    expect(opened).toEqual([bundled])
    expect(
      cardsOf(CATALOGUE, library.get())
        .filter(({ isInUse }) => isInUse)
        .map(({ id }) => id),
    ).toEqual([MINI])
  })

  it('goes on with the model and the memory of the last one', async () => {
    const first = libraryWith()
    await first.use({ kind: 'stored', model: GGUF })
    await first.choose({ weightFormat: 'q8', memoryBytes: 3e9, activations: 'int8' })
    opened = []
    await libraryWith().start()
    expect(opened).toEqual([
      { model: { kind: 'stored', model: GGUF }, weightFormat: 'q8', memoryBytes: 3e9, activations: 'int8' },
    ])
  })

  it('follows its address, and forgets nothing for it', async () => {
    await libraryWith().use({ kind: 'stored', model: GGUF })
    opened = []
    const request: OpenRequest = { model: { kind: 'url', url: 'https://a.org/other/' }, weightFormat: 'q4' }
    const library = libraryWith({ request, isAddressed: true })
    await library.start()
    expect(opened).toEqual([request])
    expect(library.get().model).toBeUndefined()
    expect(readChoice(storage).model).toEqual({ kind: 'stored', model: GGUF })
  })

  it('opens files from the disk by itself where it still may', async () => {
    await libraryWith().useFiles(Promise.resolve(picked))
    opened = []
    await libraryWith().start()
    expect(opened).toEqual([{ model: { kind: 'files', files } }])
  })

  it('asks before it reads the disk again, and opens nothing until then', async () => {
    await libraryWith().useFiles(Promise.resolve(picked))
    opened = []
    isAllowed = false
    const library = libraryWith()
    await library.start()
    expect([opened, library.get().needsPermission?.title, withheld]).toEqual([[], 'wan.gguf', true])
    await library.choose({ weightFormat: 'q4' })
    expect(opened).toEqual([])
    await library.use({ kind: 'disk', key: 'k' })
    expect([opened, library.get().needsPermission]).toEqual([
      [{ model: { kind: 'files', files }, weightFormat: 'q4' }],
      undefined,
    ])
  })

  it('says so where reading is refused', async () => {
    disk.files = async () => undefined
    const library = libraryWith()
    await library.start()
    await library.use({ kind: 'disk', key: 'k' })
    expect(library.get().errors.get(DISK)).toBe(
      'wan.gguf may not be read: allow it when the browser asks, or choose the files again.',
    )
    expect(opened).toEqual([bundled])
  })

  it('says that files were forgotten, and opens no other model in their place', async () => {
    await libraryWith().useFiles(Promise.resolve(picked))
    opened = []
    disk.list = async () => []
    const library = libraryWith()
    await library.start()
    expect([opened, library.get().gone?.title]).toEqual([[], 'k'])
    await library.choose({ weightFormat: 'q4' })
    expect([opened, library.get().gone?.title]).toEqual([[], 'k'])
    await library.use({ kind: 'bundled' })
    expect([opened, library.get().gone]).toEqual([[{ ...bundled, weightFormat: 'q4' }], undefined])
  })

  it('says that files were moved, and opens no other model in their place', async () => {
    await libraryWith().useFiles(Promise.resolve(picked))
    opened = []
    disk.files = async () => Promise.reject(new Error('wan.gguf cannot be read: it was moved.'))
    const library = libraryWith()
    await library.start()
    expect([opened, library.get().gone?.title]).toEqual([[], 'wan.gguf'])
    expect(library.get().errors.get(DISK)).toBe('wan.gguf cannot be read: it was moved.')
  })

  it('does not wait for a database that never answers', async () => {
    vi.useFakeTimers()
    try {
      await libraryWith().useFiles(Promise.resolve(picked))
      disk.list = () => new Promise(() => undefined)
      const library = libraryWith()
      opened = []
      void library.start()
      await library.choose({ weightFormat: 'q4' })
      await vi.advanceTimersByTimeAsync(10_000)
      expect([opened, library.get().gone?.title]).toEqual([[], 'k'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('asks at once what to open where the person stops waiting for that database', async () => {
    storage.setItem('zoetrope.choice', JSON.stringify({ model: { kind: 'disk', key: 'x' } }))
    disk.list = () => new Promise(() => undefined)
    const library = libraryWith()
    void library.start()
    await new Promise((resolve) => setTimeout(resolve, 10))
    session.set({ problem: { code: 'cancelled', message: 'The model was not opened.' } })
    await vi.waitFor(() => expect(library.get().gone).toMatchObject({ key: 'x' }))
    expect(session.get().problem).toBeUndefined()
    expect(opened).toEqual([])
  })

  it('remembers files only once they have opened', async () => {
    opens = false
    let remembered = 0
    disk.remember = async () => void (remembered += 1)
    const library = libraryWith()
    await library.useFiles(Promise.resolve(picked))
    expect([opened.length, remembered, readChoice(storage)]).toEqual([1, 0, FIRST_CHOICE])
  })

  it.each([
    ['notes.txt', 'x', 'notes.txt is not a file of a model. Choose safetensors, GGUF or PyTorch files.'],
    ['wan.gguf', '', 'wan.gguf is empty. Choose the files of a model: safetensors, GGUF or PyTorch.'],
  ])('does not close the open model for %s', async (name, content, sentence) => {
    const library = libraryWith()
    await library.useFiles(Promise.resolve({ files: [{ name, file: new Blob([content]) }], handles: [] }))
    expect([opened, library.get().errors.get(DISK)]).toEqual([[], sentence])
  })

  it('works where the browser keeps nothing', async () => {
    const denied: PageStorage = {
      getItem: () => {
        throw new Error('denied')
      },
      setItem: () => {
        throw new Error('denied')
      },
    }
    downloads.client.list = async () => Promise.reject(new Error('no storage'))
    disk.list = async () => Promise.reject(new Error('no storage'))
    const library = libraryWith({ storage: denied })
    await library.start()
    await library.use({ kind: 'bundled' })
    expect(opened).toHaveLength(2)
  })
})

describe('a download', () => {
  it('waits, moves, is paused, goes on and is whole', async () => {
    const library = libraryWith()
    await library.start()
    expect(placeOf(library, GGUF)).toEqual({ kind: 'absent' })
    const totalOf = totalBytes(CATALOGUE.find(({ id }) => id === GGUF)!)
    const first = library.download(GGUF)
    expect(placeOf(library, GGUF)).toEqual({
      kind: 'downloading',
      doneBytes: 0,
      totalBytes: totalOf,
      isWaiting: true,
    })
    downloads.tell({
      path: 'a',
      doneBytes: totalOf / 2,
      totalBytes: totalOf,
      bytesPerSecond: 10,
      secondsLeft: 3,
    })
    expect(placeOf(library, GGUF)).toEqual({
      kind: 'downloading',
      doneBytes: totalOf / 2,
      totalBytes: totalOf,
      bytesPerSecond: 10,
      secondsLeft: 3,
      isWaiting: false,
    })
    expect(library.get().announcement).toBe('Wan 2.1 T2V 1.3B, GGUF: 50 % downloaded.')
    library.pause(GGUF)
    await first
    expect(placeOf(library, GGUF)).toEqual({ kind: 'paused', doneBytes: totalOf / 2, totalBytes: totalOf })
    expect([library.get().announcement, library.get().errors.size]).toEqual([
      'Wan 2.1 T2V 1.3B, GGUF is paused.',
      0,
    ])
    const second = library.download(GGUF)
    expect(placeOf(library, GGUF)).toMatchObject({
      kind: 'downloading',
      doneBytes: totalOf / 2,
      isWaiting: true,
    })
    downloads.finish()
    await second
    expect(placeOf(library, GGUF)).toEqual({ kind: 'stored' })
    expect(library.get().announcement).toBe('Wan 2.1 T2V 1.3B, GGUF is downloaded and ready to use.')
    expect(opened).toEqual([bundled]) // it takes nothing over by itself
  })

  it('tells in a sentence what went wrong, until the next try', async () => {
    const library = libraryWith()
    const first = library.download(SMALL)
    downloads.fail(new ZoetropeError('model-missing', 'vae is not on the server.'))
    await first
    expect(cardsOf(CATALOGUE, library.get()).find(({ id }) => id === SMALL)).toMatchObject({
      place: { kind: 'absent' },
      error: 'vae is not on the server.',
    })
    void library.download(SMALL)
    expect(library.get().errors.size).toBe(0)
  })

  it('opens the model that was chosen, where that could not be opened without it', async () => {
    const library = libraryWith()
    opens = false
    await library.use({ kind: 'stored', model: GGUF })
    session.set({ problem: { code: 'model-missing', message: 'A file is cut.' } })
    opens = true
    opened = []
    const other = library.download(SMALL)
    downloads.finish()
    await other
    const own = library.download(GGUF)
    downloads.tell({ path: 'p', doneBytes: 1, totalBytes: 2 })
    library.pause(GGUF)
    await own
    expect(opened).toEqual([])
    for (const mend of [library.download, library.check]) {
      const mending = mend(GGUF)
      downloads.finish()
      await mending
    }
    expect(opened).toEqual([{ model: { kind: 'stored', model: GGUF } }]) // once: then it is open
  })

  it('is doubted where the browser has too little space, and not refused', async () => {
    downloads.freeBytes = 5e9
    const library = libraryWith()
    await library.start()
    const doubts = () =>
      cardsOf(CATALOGUE, library.get())
        .filter(({ doubt }) => doubt !== undefined)
        .map(({ id }) => id)
    expect(doubts()).toContain(GGUF)
    expect(doubts()).not.toContain(SMALL)
    expect(doubts()).not.toContain(MINI)
    void library.download(GGUF)
    expect([downloads.asked.length, doubts().includes(GGUF)]).toEqual([1, false])
  })

  it('runs once, whatever is pressed', async () => {
    const library = libraryWith()
    void library.download(GGUF)
    void library.download(GGUF)
    expect(downloads.asked).toHaveLength(1)
  })

  it('goes on from the address where it began, in another visit too', async () => {
    const base = 'https://mirror.org/wan/'
    const library = libraryWith()
    const first = library.download(GGUF, base)
    library.pause(GGUF)
    await first
    void libraryWith().download(GGUF)
    for (const { files: asked } of downloads.asked)
      expect(asked.map(({ url }) => url)).toContain(`${base}Wan2.1-T2V-1.3B-Q8_0.gguf`)
    expect(downloads.asked).toHaveLength(2)
  })

  it('fetches from the hub, at the pinned revision', () => {
    void libraryWith().download(GGUF)
    const urls = downloads.asked[0]?.files.map(({ url }) => url) ?? []
    expect(urls).toHaveLength(3)
    for (const url of urls)
      expect(url).toMatch(
        /^https:\/\/huggingface\.co\/[\w.-]+\/[\w.-]+\/resolve\/[0-9a-f]{40}\/.+\.(gguf|safetensors)$/,
      )
  })

  it('that is here is checked on request, and the result is announced', async () => {
    const library = libraryWith()
    const downloading = library.download(SMALL)
    downloads.finish()
    await downloading
    const checking = library.check(SMALL)
    expect(placeOf(library, SMALL)).toMatchObject({ kind: 'downloading' })
    downloads.finish()
    await checking
    expect(downloads.checks).toEqual([false, true])
    expect(library.get().announcement).toMatch(/was checked: every byte is correct\.$/)
    expect(placeOf(library, SMALL)).toEqual({ kind: 'stored' })
  })

  it('that cannot be read says why on its card, and may come again or go', async () => {
    const problem = 'It was stored by a newer version of Zoetrope. Reload the page, or download it again.'
    const [repository, revision] = ['r', '1']
    downloads.stored.set(SMALL, {
      id: SMALL,
      repository,
      revision,
      doneBytes: 0,
      totalBytes: 10,
      isWhole: false,
      files: [],
      problem,
    })
    const library = libraryWith()
    await library.start()
    const card = cardsOf(CATALOGUE, library.get()).find(({ id }) => id === SMALL)
    expect(card).toMatchObject({ place: { kind: 'paused' }, error: problem })
  })

  it('of the model in use is deleted after the bundled one took its place', async () => {
    const library = libraryWith()
    const whole = library.download(GGUF)
    downloads.finish()
    await whole
    await library.use({ kind: 'stored', model: GGUF })
    await library.remove(GGUF)
    expect(opened.at(-1)).toEqual(bundled)
    expect([placeOf(library, GGUF), readChoice(storage)]).toEqual([{ kind: 'absent' }, FIRST_CHOICE])
  })
})

describe('the model in use', () => {
  it('changes only when the running video has stopped', async () => {
    session.set({ job: JOB })
    const jobs: SessionState['job'][] = []
    const cancel = (): void => void setTimeout(() => session.set({ job: undefined }), 5)
    const library = libraryWith({
      session: {
        ...session,
        open: async () => void jobs.push(session.get().job),
        withhold: () => undefined,
        isWithheld: () => false,
        cancel,
        dismiss: () => undefined,
      },
    })
    await library.use({ kind: 'stored', model: GGUF })
    expect(jobs).toEqual([undefined])
  })

  it('may be files that no later visit finds again', async () => {
    disk.remember = async () => undefined
    const library = libraryWith()
    await library.useFiles(Promise.resolve(picked))
    expect([opened, library.get().model]).toEqual([[{ model: { kind: 'files', files } }], undefined])
    expect(readChoice(storage)).toEqual(FIRST_CHOICE)
  })

  it('stays where nothing was picked, or a picker fails', async () => {
    const library = libraryWith()
    await library.useFiles(Promise.resolve({ files: [], handles: [] }))
    await library.useFiles(Promise.reject(new Error('wan.gguf could not be read.')))
    expect([opened, library.get().errors.get(DISK)]).toEqual([[], 'wan.gguf could not be read.'])
  })
})

it('asks the browser to keep the storage, and says where it will not', async () => {
  const library = libraryWith()
  await library.persist()
  expect(library.get()).toMatchObject({ wasRefused: true, quota: { isPersisted: false } })
  downloads.isPersisted = true
  await library.persist()
  expect(library.get()).toMatchObject({ wasRefused: false, quota: { isPersisted: true } })
})

it.each([
  null,
  '',
  '{',
  '[]',
  '"x"',
  '{"model":{"kind":"stored"}}',
  '{"model":{"kind":"evil","model":"x"},"weightFormat":"q9"}',
  '{"model":{"kind":"bundled"},"memoryBytes":"-1"}',
])('what was kept as %s is the first choice', (text) => {
  expect(readChoice({ getItem: () => text, setItem: () => undefined })).toEqual(FIRST_CHOICE)
})

it.each<[string, ReadBase]>([
  [' https://a.org/wan ', { ok: true, base: 'https://a.org/wan/' }],
  ['https://a.org/wan/?x=1#y', { ok: true, base: 'https://a.org/wan/' }],
  ['http://localhost:8000', { ok: true, base: 'http://localhost:8000/' }],
  [
    'city96/umt5-xxl-encoder-gguf',
    { ok: true, base: 'https://huggingface.co/city96/umt5-xxl-encoder-gguf/resolve/main/' },
  ],
  ...['', '/tree/main', '/blob/main/file.safetensors', '/'].map((page): [string, ReadBase] => [
    `https://huggingface.co/owner/name${page}`,
    { ok: true, base: 'https://huggingface.co/owner/name/resolve/main/' },
  ]),
  [
    'https://huggingface.co/owner/name/tree/v2/split/vae',
    { ok: true, base: 'https://huggingface.co/owner/name/resolve/v2/split/vae/' },
  ],
  ['http://a.org/', { ok: false, reason: 'http:// is not read here: files are fetched over https.' }],
  [
    'wan',
    { ok: false, reason: '"wan" is not an address: it should begin with https://, or be owner/repository.' },
  ],
  ['', { ok: false, reason: 'Type the address of a folder with the files, or owner/repository.' }],
])('the address %j', (text, read) => {
  expect(readBase(text)).toEqual(read)
})

it('files of one name from two folders keep both', () => {
  const named = (name: string, text: string) => ({ name, file: new Blob([text]) })
  const files = apart([named('a.safetensors', 'dit'), named('a.safetensors', 'vae'), named('b.gguf', '')])
  expect(files.map(({ name }) => name)).toEqual(['a.safetensors', '2/a.safetensors', 'b.gguf'])
})

it.each([
  [{ doneBytes: 0, totalBytes: 0 }, '0 %'],
  [
    { doneBytes: 999, totalBytes: 1000, bytesPerSecond: 12e6, secondsLeft: 5 },
    '99 % · 12 MB/s · less than a minute left',
  ],
  [
    { doneBytes: 1, totalBytes: 2, bytesPerSecond: 900e3, secondsLeft: 119 },
    '50 % · 900 kB/s · about 2 min left',
  ],
  [{ doneBytes: 1, totalBytes: 2, secondsLeft: 3.6e3 * 2 }, '50 % · about 2 h 0 min left'],
])('the pace of %j', (pace, words) => {
  expect(formatPace(pace)).toBe(words)
})

it.each([
  [
    ['x/umt5_xxl_fp8.safetensors', 'y/wan2.1_t2v_1.3B_fp16.safetensors', 'vae.safetensors'],
    'wan2.1_t2v_1.3B_fp16.safetensors and 2 more',
  ],
  [['long name of the text encoder.gguf', 'a.gguf'], 'long name of the text encoder.gguf and 1 more'],
  [['one.gguf'], 'one.gguf'],
])('the files %j are called', (names, title) => {
  expect(titleOf(names.map((name) => ({ name, file: new Blob([name]) })))).toBe(title)
})

const begin = async (): Promise<ModelLibrary> => {
  const library = libraryWith()
  await library.start()
  return library
}

describe('what a model does without', () => {
  const [extra] = CATALOGUE.find(({ id }) => id === GGUF)!.extras!
  const cardOf = (library: ModelLibrary) => cardsOf(CATALOGUE, library.get()).find(({ id }) => id === GGUF)!
  const pathsOf = (model: RemoteModel | undefined): string[] => model?.files.map(({ path }) => path) ?? []
  const name = extra!.file.path.split('/').at(-1)!

  async function withModel(): Promise<ModelLibrary> {
    const library = await begin()
    const coming = library.download(GGUF)
    downloads.finish()
    await coming
    await library.use({ kind: 'stored', model: GGUF })
    return library
  }

  it('is offered, fetched, and in use at once', async () => {
    const library = await withModel()
    expect(pathsOf(downloads.asked.at(-1))).not.toContain(name)
    expect(cardOf(library).extras).toMatchObject([{ title: 'Tiny decoder', size: '23 MB', isHere: false }])
    const opens = opened.length
    const coming = library.addExtras(GGUF)
    downloads.finish()
    await coming
    expect(pathsOf(downloads.asked.at(-1))).toContain(name)
    expect(cardOf(library).extras[0]?.isHere).toBe(true)
    expect(opened.length).toBe(opens + 1)
    const again = await begin()
    expect(cardOf(again).extras[0]?.isHere).toBe(true)
  })

  it('waits for the video that is being made, and is in use before the next', async () => {
    const library = await withModel()
    const opens = opened.length
    const coming = library.addExtras(GGUF)
    session.set({ job: JOB })
    downloads.finish()
    await coming
    expect([session.get().job, opened.length]).toEqual([JOB, opens])
    const openedBy: number[] = []
    session.subscribe(() => openedBy.push(opened.length))
    session.set({ job: undefined })
    expect([openedBy[0], opened.length]).toEqual([opens + 1, opens + 1])
    session.set({ job: JOB })
    session.set({ job: undefined })
    expect(opened.length).toBe(opens + 1)
  })

  it('that came during a video opens nothing where another model was chosen meanwhile', async () => {
    const library = await withModel()
    const coming = library.addExtras(GGUF)
    downloads.finish()
    session.set({ job: JOB })
    await coming
    await library.use({ kind: 'bundled' })
    expect(opened.at(-1)).toEqual(bundled)
  })

  it('that is given up, or does not come, leaves a whole model', async () => {
    const library = await withModel()
    const coming = library.addExtras(GGUF)
    const { bytes } = extra!.file
    const totalBytes = downloads.asked.at(-1)!.files.reduce((sum, file) => sum + file.bytes, 0)
    downloads.tell({ path: name, doneBytes: totalBytes - bytes, totalBytes })
    expect(cardOf(await begin())).toMatchObject({ place: { kind: 'stored' }, extras: [{ isHere: false }] })
    downloads.fail(new ZoetropeError('storage-failed', 'The server does not answer.'))
    await vi.waitFor(() => expect(pathsOf(downloads.asked.at(-1))).not.toContain(name))
    downloads.finish()
    await coming
    expect([cardOf(library).place.kind, cardOf(library).extras[0]?.isHere]).toEqual(['stored', false])
    expect(cardOf(library).error).toBe('The server does not answer.')
  })
})

it('a stored model that cannot be read is shown with its reason, and one of no catalogue too', async () => {
  const problem = 'It was stored by a newer version of Zoetrope. Reload the page, or download it again.'
  for (const id of [GGUF, 'from-the-future'])
    downloads.stored.set(id, {
      id,
      repository: '',
      revision: '',
      doneBytes: 5,
      totalBytes: 9,
      isWhole: false,
      files: [],
      problem,
    })
  const library = await begin()
  expect(cardsOf(CATALOGUE, library.get()).find(({ id }) => id === GGUF)?.error).toBe(problem)
  expect(strangersOf(CATALOGUE, library.get())).toEqual([{ id: 'from-the-future', bytes: 5, problem }])
  await library.remove('from-the-future')
  expect(strangersOf(CATALOGUE, library.get())).toEqual([])
})

it('the still of a model is a file of the page', () => {
  const samples = CATALOGUE.flatMap(({ sample }) => sample ?? [])
  expect(samples.length).toBeGreaterThan(0)
  for (const sample of samples)
    expect(existsSync(join(import.meta.dirname, '../../../public', sample)), sample).toBe(true)
})
