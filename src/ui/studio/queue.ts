// Videos that wait to be made, one after the other. The list survives a reload; what was being made is made anew.
import { toFailure, type ErrorCode, type Failure } from '../../protocol/errors'
import type { StudioInput } from './studio-input'
import { isObject, keep, readKept, type Drawer } from '../kept'
import type { Clip, Session } from '../session'
import { createStore, type Store } from '../store'

export interface QueueItem {
  id: string
  input: StudioInput
  /** The model that it was asked of; another one lets it wait. */
  model: { id: string; title: string } | undefined
  state: 'waiting' | 'running' | 'failed'
  failure?: Failure
  /** Asked for while the others were held: it does not wait for them. */
  isUrgent?: boolean
}

export interface QueueState {
  items: readonly QueueItem[]
  isPaused: boolean
  /** Found when the page opened: nothing runs before the person has answered. */
  isInterrupted: boolean
}

export interface Queue extends Pick<Store<QueueState>, 'get' | 'subscribe'> {
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
  /** The model changed, or is open now: what waited for it may begin. */
  look(): void
}

export interface QueueOptions {
  session: Pick<Session, 'get' | 'cancel'> & { generate(input: StudioInput): Promise<Clip> }
  drawer: Drawer | undefined
  onMade(clip: Clip, input: StudioInput): void
}

const KEY = 'zoetrope.queue'
const MOST_ITEMS = 500
/** The next one would fail the same way. */
const PAUSING: ReadonlySet<ErrorCode> = new Set([
  'no-webgpu',
  'no-adapter',
  'device-lost',
  'model-missing',
  'model-invalid',
  'storage-failed',
])

/** Files cannot be written down with the rest: what has some lasts as long as the tab. */
function isKept({ state, input }: QueueItem): boolean {
  const { image, lastImage, continueFrom, control, upscaler } = input
  const files = [image, lastImage, continueFrom, control, upscaler]
  return state !== 'failed' && files.every((file) => file === undefined)
}

function itemFrom(value: unknown): QueueItem[] {
  if (!isObject(value) || !isObject(value['input']) || typeof value['id'] !== 'string') return []
  const { id, input, model } = value
  const isModel = isObject(model) && typeof model['id'] === 'string' && typeof model['title'] === 'string'
  return [
    {
      id,
      input,
      model: isModel ? { id: String(model['id']), title: String(model['title']) } : undefined,
      state: 'waiting',
    },
  ]
}

function readQueue(drawer: Drawer | undefined): QueueItem[] {
  const kept = readKept(drawer, KEY)
  return Array.isArray(kept) ? kept.slice(0, MOST_ITEMS).flatMap(itemFrom) : []
}

export function createQueue({ session, drawer, onMade }: QueueOptions): Queue {
  const found = readQueue(drawer)
  const store = createStore<QueueState>({ items: found, isPaused: false, isInterrupted: found.length > 0 })
  let isRunning = false

  const change = (items: readonly QueueItem[]): void => {
    store.set({ items })
    keep(
      drawer,
      KEY,
      items.filter(isKept).map(({ id, input, model }) => ({ id, input, model })),
    )
  }
  const setItem = (id: string, more: Partial<QueueItem>): void =>
    change(store.get().items.map((item) => (item.id === id ? { ...item, ...more } : item)))
  const drop = (id: string): void => change(store.get().items.filter((item) => item.id !== id))

  const isReady = ({ state, model }: QueueItem): boolean => {
    const { engine } = session.get()
    return (
      state === 'waiting' && (model === undefined || engine === undefined || engine.model.id === model.id)
    )
  }

  const run = async (item: QueueItem): Promise<void> => {
    setItem(item.id, { state: 'running' })
    try {
      const clip = await session.generate(item.input)
      drop(item.id)
      onMade(clip, item.input)
    } catch (error) {
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
        if (next === undefined || session.get().job !== undefined) return
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
      const before = items.filter(({ state }) => state !== 'failed')
      const isUrgent = (isPaused || isInterrupted) && !before.some(({ state }) => state === 'running')
      const more = inputs.map((input): QueueItem => ({
        id: crypto.randomUUID(),
        input,
        model,
        state: 'waiting',
        ...(isUrgent && { isUrgent }),
      }))
      change((isUrgent ? [...more, ...before] : [...before, ...more]).slice(0, MOST_ITEMS))
      void pump()
    },
    remove(id) {
      if (isOnTop(id)) session.cancel()
      else drop(id)
    },
    keepOnly(id) {
      const running = store.get().items.find(({ state }) => state === 'running')
      change(store.get().items.filter((item) => item.id === id || item === running))
      if (running !== undefined && running.id !== id) session.cancel()
    },
    clear() {
      change(store.get().items.filter(({ state }) => state === 'running'))
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
      const items = store
        .get()
        .items.map(({ failure: _failure, ...item }) =>
          item.id === id
            ? { ...item, state: 'waiting' as const }
            : { ...item, ...(_failure && { failure: _failure }) },
        )
      change(items)
      store.set({ isPaused: false })
      void pump()
    },
    look: () => void pump(),
  }
}
