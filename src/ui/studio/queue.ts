// Videos that wait to be made, one after the other. The list survives a reload; what was being made is made anew.
import { toFailure, type ErrorCode } from '../../protocol/errors'
import type { InterruptedRun } from '../../protocol/runs'
import type { StudioInput } from './studio-input'
import type { PageStorage } from '../kept'
import { OtherModel, type Clip, type Session } from '../session-state'
import { createStore, type Store } from '../store'
import { keepQueue, MOST_ITEMS, readQueue } from './kept-queue'
import type { QueueItem } from './queue-item'
import { createQueueFiles, hasFiles, type QueueFilesNeeds } from './queue-files'

export interface QueueState {
  items: readonly QueueItem[]
  isPaused: boolean
  /** Found when the page opened: nothing runs before the person has answered. */
  isInterrupted: boolean
}

export interface Queue extends Pick<Store<QueueState>, 'get' | 'subscribe'> {
  /** Takes the place of what failed, but for runs that could still go on. */
  add(inputs: readonly StudioInput[]): void
  /** Of the one that is being made, it is stopped. */
  remove(id: string): void
  /** Every other one is removed; one that is being made is stopped. */
  keepOnly(id: string): void
  clear(): void
  /** Before the one above it. */
  moveUp(id: string): void
  pause(): void
  /** Goes on, also with what was found when the page opened. */
  resume(): void
  retry(id: string): void
  /** Takes in the runs that were interrupted: nothing runs before the person has answered. */
  adopt(runs: readonly InterruptedRun[]): void
  /** The model changed, or is open now: what waited for it may begin. */
  look(): void
}

export interface QueueOptions {
  session: Pick<Session, 'get' | 'cancel' | 'discardRun' | 'isWithheld'> & {
    /** @throws OtherModel where, once a model is open, it is not `model` */
    generate(input: StudioInput, onKept?: (run: string) => void, model?: string): Promise<Clip>
  }
  storage: PageStorage | undefined
  /** For files to outlive a reload. */
  files?: QueueFilesNeeds
  /** @param run whose record is to be discarded once the clip is kept */
  onMade(clip: Clip, input: StudioInput, run: string | undefined): void
}

/** The next one would fail the same way. */
const PAUSING: ReadonlySet<ErrorCode> = new Set([
  'no-webgpu',
  'no-adapter',
  'device-lost',
  'model-missing',
  'model-invalid',
  'storage-failed',
])

/** Of a run that no item is of: it was begun by a script, or with a picture. */
function itemOf({ id: run, settings, model, stage, step, steps }: InterruptedRun): QueueItem {
  return {
    id: crypto.randomUUID(),
    input: { ...settings },
    model,
    state: 'waiting',
    run,
    reached: { stage, step, steps },
  }
}

/** A run goes on, also on another GPU where that was the question; one that may be gone begins anew if it is. */
function triedAgain({ failure, reached, ...item }: QueueItem): QueueItem {
  return {
    ...item,
    state: 'waiting',
    ...(reached !== undefined && failure?.code !== 'storage-failed' && { reached }),
    ...(failure?.code === 'other-gpu' && { onAnyGpu: true }),
  }
}

export function createQueue({ session, storage, files, onMade }: QueueOptions): Queue {
  const found = readQueue(storage)
  const store = createStore<QueueState>({ items: found, isPaused: false, isInterrupted: found.length > 0 })
  const kept = createQueueFiles(files)
  let isRunning = false

  const change = (items: readonly QueueItem[]): void => {
    store.set({ items })
    keepQueue(storage, items)
  }
  const setItem = (id: string, more: Partial<QueueItem>): void =>
    change(store.get().items.map((item) => (item.id === id ? { ...item, ...more } : item)))
  /** Nothing is left of a run that nobody waits for. */
  const discard = (items: readonly QueueItem[]): void => {
    for (const { run } of items) if (run !== undefined) void session.discardRun(run).catch(() => undefined)
  }
  /** Those that stay; what the others had begun is discarded. */
  const changeTo = (items: readonly QueueItem[]): void => {
    const kept = new Set(items.map(({ run }) => run))
    discard(store.get().items.filter(({ run, state }) => state !== 'running' && !kept.has(run)))
    change(items)
  }
  const drop = (id: string): void => changeTo(store.get().items.filter((item) => item.id !== id))

  const isReady = ({ state, model }: QueueItem): boolean => {
    const { engine } = session.get()
    return (
      state === 'waiting' && (model === undefined || engine === undefined || engine.model.id === model.id)
    )
  }

  const keepFiles = async (added: readonly QueueItem[]): Promise<void> => {
    for (const { id, input } of added) {
      const files = hasFiles(input) ? await kept.keep(input) : undefined
      if (files !== undefined) setItem(id, { files })
    }
  }

  const run = async (item: QueueItem): Promise<void> => {
    setItem(item.id, { state: 'running', isResumed: item.run !== undefined })
    const { run, onAnyGpu = false, reached } = item
    let own = run
    // Of a picture only the run itself knows: without that it cannot begin anew.
    const resume = run === undefined ? undefined : { run, onAnyGpu, orAnew: reached === undefined }
    try {
      const input = item.files === undefined ? item.input : await kept.find(item.input, item.files)
      const keep = (id: string): void => {
        own = id
        setItem(item.id, { run: id })
      }
      const clip = await session.generate({ ...input, ...(resume && { resume }) }, keep, item.model?.id)
      drop(item.id)
      onMade(clip, input, own)
    } catch (error) {
      if (error instanceof OtherModel) return setItem(item.id, { state: 'waiting' })
      const failure = toFailure(error)
      if (failure.code === 'cancelled') drop(item.id)
      else setItem(item.id, { state: 'failed', failure })
      if (PAUSING.has(failure.code) && store.get().items.some(({ state }) => state === 'waiting'))
        store.set({ isPaused: true })
    }
  }

  const pump = async (): Promise<void> => {
    if (isRunning) return
    isRunning = true
    try {
      for (;;) {
        const { items, isPaused, isInterrupted } = store.get()
        const isHeld = isPaused || isInterrupted
        const next = items.find((item) => isReady(item) && (!isHeld || item.isUrgent === true))
        if (next === undefined || session.get().job !== undefined || session.isWithheld()) return
        await run(next)
      }
    } finally {
      isRunning = false
    }
  }

  const isOnTop = (id: string): boolean =>
    store.get().items.some((item) => item.id === id && item.state === 'running')

  return {
    get: store.get,
    subscribe: store.subscribe,
    add(inputs) {
      const engine = session.get().engine
      const model = engine && { id: engine.model.id, title: engine.model.title }
      const { items, isPaused, isInterrupted } = store.get()
      const before = items.filter(({ state, run }) => state !== 'failed' || run !== undefined)
      const isUrgent = (isPaused || isInterrupted) && !before.some(({ state }) => state === 'running')
      const more = inputs.map((input): QueueItem => ({
        id: crypto.randomUUID(),
        input,
        model,
        state: 'waiting',
        ...(isUrgent && { isUrgent }),
      }))
      changeTo((isUrgent ? [...more, ...before] : [...before, ...more]).slice(0, MOST_ITEMS))
      void keepFiles(more)
      void pump()
    },
    remove(id) {
      if (isOnTop(id)) session.cancel()
      else drop(id)
    },
    keepOnly(id) {
      const running = store.get().items.find(({ state }) => state === 'running')
      changeTo(store.get().items.filter((item) => item.id === id || item === running))
      if (running !== undefined && running.id !== id) session.cancel()
    },
    clear() {
      changeTo(store.get().items.filter(({ state }) => state === 'running'))
      store.set({ isInterrupted: false, isPaused: false })
    },
    moveUp(id) {
      const items = [...store.get().items]
      const at = items.findIndex((item) => item.id === id)
      const [item, above] = [items[at], items[at - 1]]
      if (item === undefined || above === undefined || above.state === 'running') return
      items.splice(at - 1, 2, item, above)
      change(items)
    },
    pause: () => store.set({ isPaused: true }),
    resume() {
      store.set({ isPaused: false, isInterrupted: false })
      void pump()
    },
    retry(id) {
      change(store.get().items.map((item) => (item.id === id ? triedAgain(item) : item)))
      store.set({ isPaused: false })
      void pump()
    },
    adopt(runs) {
      const { items } = store.get()
      const byId = new Map(runs.map((run) => [run.id, run]))
      const own = new Set(items.map(({ run }) => run))
      const found = items.map(({ run, ...item }): QueueItem => {
        const known = run === undefined ? undefined : byId.get(run)
        if (known === undefined)
          return item.state === 'running' && run !== undefined ? { ...item, run } : item
        const { stage, step, steps } = known
        return { ...item, run: known.id, reached: { stage, step, steps } }
      })
      const more = runs.filter(({ id }) => !own.has(id)).map(itemOf)
      if (more.length === 0 && !found.some(({ reached }) => reached !== undefined)) return
      change([...more, ...found])
      if (!found.some(({ state }) => state === 'running')) store.set({ isInterrupted: true })
    },
    look: () => void pump(),
  }
}
