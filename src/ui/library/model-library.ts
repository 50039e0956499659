// The models at hand and the one in use, without React: what is stored, what is coming, what lies on the disk.
import { totalBytes as bytesOf, type Downloadable } from '../../catalogue/catalogue'
import { toFailure } from '../../protocol/errors'
import type { EngineChoices, ModelSource, OpenRequest } from '../../protocol/model-source'
import type { StoredModel, StoreProgress } from '../../protocol/store'
import type { StorageQuota, StoreClient } from '../../worker/store-client'
import type { Session } from '../session-state'
import { createStore, type Store } from '../store'
import { en, type Words } from '../text/en'
import type { PageStorage } from '../kept'
import { keepAddress, keepChoice, readAddress, readChoice, type ChosenModel } from './choice'
import type { DiskMemory, DiskSet } from './disk-memory'
import { hasFile, readExtras, requestExtras } from './extras'
import { onceIdle } from './once-idle'
import { refuseOthers, type Picked } from './picked'
import { remoteModel } from './remote-model'

/** A download on its way; until the first word of it, it waits for its turn. */
export type Download = Omit<StoreProgress, 'path'> & { isWaiting: boolean }

export interface ModelLibraryState {
  /** In use; undefined for a folder that the address names, and for files that cannot be remembered. */
  model: ChosenModel | undefined
  choices: EngineChoices
  installed: ReadonlyMap<string, StoredModel>
  downloads: ReadonlyMap<string, Download>
  /** Models whose downloads include the files that they do without. */
  extras: ReadonlySet<string>
  disk: readonly DiskSet[]
  /** Files that need permission to be read. */
  needsPermission: DiskSet | undefined
  /** Files that were chosen last, and cannot be found or read any more. */
  gone: DiskSet | undefined
  quota: StorageQuota | undefined
  /** The browser was asked to keep the storage, and did not say yes. */
  wasRefused: boolean
  /** Sentences by model, and under `DISK`. */
  errors: ReadonlyMap<string, string>
  /** For ears: the last thing that happened to a download. */
  announcement: string
}

export const DISK = 'disk'

export interface ModelLibrary extends Pick<Store<ModelLibraryState>, 'get' | 'subscribe'> {
  /** Opens what was chosen last, and looks what is there. */
  start(): Promise<void>
  use(model: ChosenModel): Promise<void>
  useFiles(picked: Promise<Picked>): Promise<void>
  forget(key: string): Promise<void>
  /** Begins or goes on. */
  download(model: string, base?: string): Promise<void>
  /** Reads back every byte of what is stored; damaged pieces come again. */
  check(model: string): Promise<void>
  /** Also fetches what a stored model does without, but is better or faster with. */
  addExtras(model: string): Promise<void>
  pause(model: string): void
  remove(model: string): Promise<void>
  choose(choices: EngineChoices): Promise<void>
  persist(): Promise<void>
}

export interface ModelLibraryOptions {
  session: Pick<Session, 'get' | 'subscribe' | 'open' | 'withhold' | 'isWithheld' | 'cancel' | 'dismiss'>
  modelStore: StoreClient
  disk: DiskMemory
  /** The page's own model, or what the address asks for. */
  request: OpenRequest
  /** The address names a model or a weight format: that is not overruled by what was kept. */
  isAddressed: boolean
  storage: PageStorage | undefined
  catalogue: readonly Downloadable[]
  words?: () => Words
}

const PATIENCE_MS = 5000

/** A database that never answers must not keep the page waiting. */
function inTime(work: Promise<void>): Promise<void> {
  return Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS))])
}

function without<Value>(map: ReadonlyMap<string, Value>, key: string): Map<string, Value> {
  return new Map([...map].filter(([each]) => each !== key))
}

export function createModelLibrary({
  session,
  modelStore,
  disk,
  request,
  isAddressed,
  storage,
  catalogue,
  words = () => en,
}: ModelLibraryOptions): ModelLibrary {
  const { model: bundled, ...addressed } = request
  const kept = readChoice(storage)
  const { model: keptModel, ...keptChoices } = kept
  const store = createStore<ModelLibraryState>({
    model: isAddressed ? undefined : keptModel,
    choices: isAddressed ? addressed : keptChoices,
    installed: new Map(),
    downloads: new Map(),
    extras: readExtras(storage),
    disk: [],
    needsPermission: undefined,
    gone: undefined,
    quota: undefined,
    wasRefused: false,
    errors: new Map(),
    announcement: '',
  })
  const entryOf = (model: string): Downloadable => {
    const entry = catalogue.find(({ id }) => id === model)
    if (entry === undefined) throw new Error(`${model} is not in the catalogue.`)
    return entry
  }
  const stops = new Map<string, AbortController>()
  /** Of the model in use. */
  let source: ModelSource = bundled

  /** Without an error takes the last one back. */
  const report = (key: string, error?: unknown): void => {
    const { errors } = store.get()
    store.set({
      errors: error === undefined ? without(errors, key) : new Map(errors).set(key, toFailure(error).message),
    })
  }

  const keep = (): void => {
    const { model, choices } = store.get()
    if (model !== undefined) keepChoice(storage, { model, ...choices })
  }

  /** A running video is stopped; who calls has asked. */
  const stopVideo = (): Promise<void> =>
    new Promise((resolve) => {
      onceIdle(session, resolve)
      session.cancel()
    })

  /** Resolves when the opening has begun; its own promise holds whether the model opened. */
  const open = async (
    next: ModelSource,
    model: ChosenModel | undefined,
  ): Promise<{ opened: Promise<boolean> }> => {
    if (session.get().job !== undefined) await stopVideo() // else at once: no next video begins meanwhile
    source = next
    store.set({ model, needsPermission: undefined, gone: undefined })
    keep()
    const opened = session
      .open({ model: source, ...store.get().choices })
      .then(() => source === next && session.get().engine !== undefined)
    return { opened }
  }

  const openDisk = async (key: string, mayAsk: boolean): Promise<void> => {
    report(DISK)
    const files = await disk.files(key, mayAsk)
    if (files !== undefined) return void (await open({ kind: 'files', files }, { kind: 'disk', key }))
    const set = store.get().disk.find((each) => each.key === key)
    if (mayAsk)
      throw new Error(
        `${set?.title ?? 'The files'} may not be read: allow it when the browser asks, or choose the files again.`,
      )
    store.set({ needsPermission: set })
  }

  const useModel = async (model: ChosenModel, mayAsk: boolean): Promise<void> => {
    if (model.kind === 'bundled') await open(bundled, model)
    else if (model.kind === 'stored') await open({ kind: 'stored', model: model.model }, model)
    else await openDisk(model.key, mayAsk).catch((error: unknown) => report(DISK, error))
  }

  /** Another model in its place would be a surprise: the page says what is missing, and asks. */
  const miss = (key: string): void => {
    const known = store.get().disk.find((each) => each.key === key)
    store.set({ gone: known ?? { key, title: key.split('\n')[0] ?? key, bytes: 0 } })
  }

  const look = async (): Promise<void> => {
    const [models, quota] = await Promise.all([modelStore.list(), modelStore.quota()])
    store.set({ installed: new Map(models.map((model) => [model.id, model])), quota })
  }

  /** Whether the person stopped waiting for `work` first. */
  const isGivenUp = async (work: Promise<void>): Promise<boolean> => {
    const isStopped = (): boolean => session.get().problem?.code === 'cancelled'
    await new Promise<void>((resolve) => {
      const done = session.subscribe(() => isStopped() && resolve())
      void work.finally(resolve).finally(done)
    })
    const isOver = isStopped()
    if (isOver) session.dismiss() // the page asks what to open instead
    return isOver
  }

  const requestExtra = (model: string, isWanted: boolean): void =>
    store.set({ extras: requestExtras(storage, store.get().extras, model, isWanted) })

  const lookAtDisk = async (): Promise<void> => store.set({ disk: await disk.list() })

  /** Said at each quarter, not at every chunk. */
  const say = ({ title }: Downloadable, before: Download | undefined, now: Download): void => {
    const quarter = ({ doneBytes, totalBytes }: Download): number =>
      Math.floor((4 * doneBytes) / Math.max(1, totalBytes))
    if (before !== undefined && quarter(now) > quarter(before) && quarter(now) < 4)
      store.set({ announcement: words().models.saidQuarter(title, 25 * quarter(now)) })
  }

  const transfer = async (model: string, base: string | undefined, check: boolean): Promise<void> => {
    if (stops.has(model)) return
    const entry = entryOf(model)
    const stop = new AbortController()
    stops.set(model, stop)
    report(model)
    if (base !== undefined) keepAddress(storage, model, base)
    const move = (transfer: Download): void => {
      say(entry, store.get().downloads.get(model), transfer)
      store.set({ downloads: new Map(store.get().downloads).set(model, transfer) })
    }
    void modelStore.persist().catch(() => false) // gigabytes that nobody wants to fetch twice
    const { doneBytes = 0, totalBytes = bytesOf(entry) } = store.get().installed.get(model) ?? {}
    move({ doneBytes, totalBytes, isWaiting: true })
    try {
      const onProgress = ({ path: _path, ...progress }: StoreProgress): void =>
        move({ ...progress, isWaiting: false })
      const remote = remoteModel(entry, base ?? readAddress(storage, model), store.get().extras.has(model))
      await modelStore.download(remote, { onProgress, check }, stop.signal)
      const { models } = words()
      store.set({ announcement: check ? models.saidChecked(entry.title) : models.saidReady(entry.title) })
    } catch (error) {
      if (toFailure(error).code === 'cancelled')
        store.set({ announcement: words().models.saidPaused(entry.title) })
      else report(model, error)
    } finally {
      stops.delete(model)
      await look().catch(() => undefined)
      store.set({ downloads: without(store.get().downloads, model) })
    }
    const { model: used, installed } = store.get()
    const { engine, problem } = session.get()
    if (used?.kind !== 'stored' || used.model !== model || engine !== undefined) return
    // It was chosen, and could not be opened: now it is whole.
    if (problem !== undefined && installed.get(model)?.isWhole === true) await useModel(used, true)
  }

  return {
    get: store.get,
    subscribe: store.subscribe,

    async start() {
      const { model, choices } = store.get()
      const looks = look().catch(() => undefined) // a browser without storage still has its bundled model
      const remembered = lookAtDisk().catch(() => undefined)
      if (isAddressed || model === undefined) void session.open({ ...request, ...choices })
      else if (model.kind !== 'disk') await useModel(model, false)
      else {
        session.withhold() // until its files are found: no video is made with another model
        const isCancelled = await isGivenUp(inTime(remembered))
        const isKnown = store.get().disk.some(({ key }) => key === model.key)
        if (isCancelled || !isKnown) miss(model.key)
        else await useModel(model, false)
        if (store.get().errors.has(DISK)) miss(model.key)
      }
      await Promise.all([looks, remembered])
    },

    use: (model) => useModel(model, true),

    async useFiles(picked) {
      report(DISK)
      try {
        const { files, handles } = await picked
        if (files.length === 0) return
        refuseOthers(files)
        const next: ModelSource = { kind: 'files', files }
        const { opened } = await open(next, undefined)
        if (!(await opened)) return // what does not open is not worth a place in the list
        const set = await disk.remember({ files, handles })
        if (set === undefined) return
        await lookAtDisk()
        if (source !== next) return
        store.set({ model: { kind: 'disk', key: set.key } })
        keep()
      } catch (error) {
        report(DISK, error)
      }
    },

    async forget(key) {
      await disk.forget(key)
      await lookAtDisk()
    },

    download: (model, base) => transfer(model, base, false),

    check: (model) => transfer(model, undefined, true),

    async addExtras(model) {
      if (stops.has(model)) return
      requestExtra(model, true)
      await transfer(model, undefined, false)
      const stored = store.get().installed.get(model)
      if ((entryOf(model).extras ?? []).every(({ file }) => hasFile(stored, file))) {
        // Nobody has asked to stop the video that is being made.
        onceIdle(session, () => {
          const { model: used } = store.get()
          if (used?.kind === 'stored' && used.model === model) void useModel(used, true)
        })
        return
      }
      // Given up, or it did not come: the model works without it, and what came of it makes room.
      const problem = store.get().errors.get(model)
      requestExtra(model, false)
      await transfer(model, undefined, false)
      if (problem !== undefined) report(model, new Error(problem))
    },

    pause: (model) => stops.get(model)?.abort(),

    async remove(model) {
      const { model: used } = store.get()
      if (used?.kind === 'stored' && used.model === model) await useModel({ kind: 'bundled' }, true)
      try {
        await modelStore.remove(model)
        requestExtra(model, false)
        report(model)
      } catch (error) {
        report(model, error)
      }
      await look()
    },

    async choose(choices) {
      if (session.get().job !== undefined) await stopVideo()
      store.set({ choices })
      keep()
      if (!session.isWithheld()) void session.open({ model: source, ...choices }) // else it is not the chosen one
    },

    async persist() {
      await modelStore.persist().catch(() => undefined)
      const quota = await modelStore.quota()
      store.set({ quota, wasRefused: !quota.isPersisted })
    },
  }
}
