import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { PageStorage } from '../../../../src/ui/kept'
import type { ModelLibrary, ModelLibraryState } from '../../../../src/ui/library/model-library'
import type { SessionState } from '../../../../src/ui/session-state'
import { createStore } from '../../../../src/ui/store'
import { eraseEverything } from '../../../../src/ui/studio/erase'
import type { Studio } from '../../../../src/ui/studio/studio'

/** Its items are its own properties, as in a browser. */
class BrowserStorage implements PageStorage {
  getItem(key: string): string | null {
    return (Reflect.get(this, key) as string | undefined) ?? null
  }
  setItem(key: string, value: string): void {
    Reflect.set(this, key, value)
  }
  removeItem(key: string): void {
    Reflect.deleteProperty(this, key)
  }
}

const deleted: string[] = []

beforeEach(() => {
  deleted.length = 0
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.stubGlobal('Storage', BrowserStorage)
  vi.stubGlobal('caches', {
    keys: async () => ['zoetrope-pictures', 'of-another-page'],
    delete: async (name: string) => deleted.push(name),
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const model = { repository: '', revision: '', doneBytes: 1, totalBytes: 2, isWhole: false, files: [] }
const download = { doneBytes: 1, totalBytes: 2, isWaiting: false }

/**
 * A page that makes a video and downloads a model for the first time.
 * @param busyFor how many removals find the model still being written to
 */
function page(busyFor = 0) {
  const trace: string[] = []
  const session = createStore({ job: {} } as SessionState)
  const library = createStore({
    downloads: new Map([['wan', download]]),
    installed: new Map(),
    disk: [{ key: 'k', title: 'mine', bytes: 1 }],
  } as unknown as ModelLibraryState)
  let refusals = busyFor
  const storage = new BrowserStorage()
  storage.setItem('zoetrope.form', '{}')
  const hears = (name: string) => async (): Promise<void> => void trace.push(name)
  const studio = {
    session: {
      ...session,
      cancel: () => setTimeout(() => session.set({ job: undefined })),
      interruptedRuns: async () => (session.get().job === undefined ? [{ id: 'run-1' }] : []),
      discardRun: async (id: string) => void trace.push(id),
    },
    library: {
      ...library,
      pause: () =>
        setTimeout(() =>
          library.set({ downloads: new Map(), installed: new Map([['wan', { id: 'wan', ...model }]]) }),
        ),
      async remove(id) {
        if (library.get().downloads.size > 0 || refusals-- > 0) return
        trace.push(id)
        library.set({ installed: new Map() })
      },
      forget: async (key) => void trace.push(key),
    } as Partial<ModelLibrary>,
    queue: { clear: () => void trace.push('queue') },
    clips: { erase: hears('clips') },
    loras: { erase: hears('loras') },
    form: {
      reset: () => undefined,
      recallFiles: hears('pictures'),
      setContinuation: () => undefined,
      change: () => undefined,
    },
    entries: [{ id: 'wan', title: 'Wan 2.1' }],
    writer: { entry: { id: 'qwen', title: 'Qwen' } },
    storage,
  } as unknown as Studio
  return { studio, trace, storage }
}

async function erased(studio: Studio): Promise<string[]> {
  const left = eraseEverything(studio)
  await vi.advanceTimersByTimeAsync(20_000)
  return left
}

it('erases everything, also what a video and a first download were writing', async () => {
  const { studio, trace, storage } = page()
  expect(await erased(studio)).toEqual([])
  expect(trace).toEqual(['queue', 'run-1', 'clips', 'loras', 'wan', 'k', 'pictures'])
  expect(deleted).toEqual(['zoetrope-pictures'])
  expect(Object.keys(storage)).toEqual([])
})

it('tries a model again that is still being written to', async () => {
  const { studio, trace } = page(1)
  expect(await erased(studio)).toEqual([])
  expect(trace).toContain('wan')
})

it('names the models that stay', async () => {
  const { studio } = page(2)
  expect(await erased(studio)).toEqual(['Wan 2.1'])
})
