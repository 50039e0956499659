// The models in this browser: one download after the other, and one writer among all tabs.
import type { StoredModel, StoreProgress } from '../protocol/store'
import { unlessAborted } from '../weights/sources/unless-aborted'
import { downloadFile, type DownloadOptions } from './download-file'
import {
  isWhole,
  keyOf,
  NEWER,
  parseModel,
  readShelf,
  rememberModel,
  removeModel,
  statusOf,
  type ListedModel,
} from './entries'
import { StoreError } from './error'
import type { StoreFiles } from './files'
import { explainNoRoom } from './no-room'
import { speedometer } from './speed'
import { removeStrayFiles, strayFiles } from './stray-files'
import { wantedModel } from './wanted-model'
import type { Release } from './web-lock'

export interface ModelStore {
  list(): Promise<StoredModel[]>
  /**
   * Begins or resumes a download; resolves when every file is complete and verified. Uses no network for complete
   * files.
   */
  download(
    model: unknown,
    check: boolean,
    onProgress: (progress: StoreProgress) => void,
    signal: AbortSignal,
  ): Promise<void>
  remove(id: string): Promise<void>
}

export interface StoreOptions {
  files: StoreFiles
  takeLock(): Promise<Release | undefined>
  /** For tests. */
  download?: Partial<DownloadOptions>
}

/** Progress is reported at most so often, in milliseconds. */
const REPORT_EVERY = 100

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, each) => total + each, 0)
}

export function createModelStore({ files, takeLock, download: tuning }: StoreOptions): ModelStore {
  let writers = 0
  let lock: Promise<Release | undefined> | undefined
  let last: Promise<unknown> = Promise.resolve()
  const wanted = new Set<string>()

  const writing = async (work: () => Promise<void>): Promise<void> => {
    writers += 1
    lock ??= takeLock()
    try {
      if ((await lock) === undefined)
        throw new StoreError(
          'busy',
          'Another tab of Zoetrope is writing to the stored models. Continue there, or close it and try again.',
        )
      await work()
    } finally {
      writers -= 1
      if (writers === 0) {
        const held = lock
        lock = undefined
        await held?.then(
          (release) => release?.(),
          () => undefined,
        )
      }
    }
  }

  const downloadAll = async (
    asked: ListedModel,
    check: boolean,
    onProgress: (progress: StoreProgress) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    const model = await wantedModel(files, asked, check)
    await rememberModel(files, model).catch(async (error: unknown) => {
      throw await explainNoRoom(files, model.id, sum(model.files.map(({ bytes }) => bytes)), error)
    })
    await removeStrayFiles(files)
    const before = await statusOf(files, model)
    const done = before.map((file) => file.doneBytes)
    const totalBytes = sum(before.map((file) => file.bytes))
    const speed = speedometer()
    let reported = -Infinity
    let waiting: string | undefined
    for (const [index, file] of model.files.entries()) {
      const report = (isForced: boolean): void => {
        const doneBytes = sum(done)
        const bytesPerSecond = speed(doneBytes)
        if (!isForced && performance.now() - reported < REPORT_EVERY) return
        reported = performance.now()
        const pace =
          bytesPerSecond === undefined
            ? {}
            : { bytesPerSecond, secondsLeft: Math.max(0, totalBytes - doneBytes) / bytesPerSecond }
        onProgress({
          path: file.path,
          doneBytes,
          totalBytes,
          ...pace,
          ...(waiting !== undefined && { waiting }),
        })
      }
      const onWait = (problem: string | undefined): void => {
        waiting = problem
        report(true)
      }
      const onDone = (bytes: number): void => {
        done[index] = bytes
        report(false)
      }
      const { repository, revision } = model
      await downloadFile(
        files,
        await keyOf(model, file),
        file,
        { repository, revision },
        { ...tuning, signal, check, onDone, onWait },
      )
      report(true)
    }
  }

  return {
    async list() {
      if ((await strayFiles(files)).length > 0)
        await writing(() => removeStrayFiles(files)).catch(() => undefined) // another tab is writing
      const shelf = await readShelf(files)
      const unreadable = shelf.unreadable.map((id) => ({
        id,
        repository: '',
        revision: '',
        doneBytes: 0,
        totalBytes: 0,
        isWhole: false,
        files: [],
        problem: NEWER,
      }))
      const readable = await Promise.all(
        shelf.models.map(async (model) => {
          const { id, repository, revision } = model
          const status = await statusOf(files, model)
          const problem = status.find((file) => file.problem !== undefined)?.problem
          return {
            id,
            repository,
            revision,
            doneBytes: sum(status.map((file) => file.doneBytes)),
            totalBytes: sum(status.map(({ bytes }) => bytes)),
            isWhole: isWhole(status),
            files: status.filter(({ isVerified }) => isVerified).map(({ path }) => path),
            ...(problem !== undefined && { problem }),
          }
        }),
      )
      return [...readable, ...unreadable]
    },

    async download(json, check, onProgress, signal) {
      const model = parseModel(json)
      if (wanted.has(model.id)) throw new StoreError('busy', `${model.id} is being downloaded already.`)
      wanted.add(model.id)
      const mine = unlessAborted(last, signal).then(() =>
        writing(() => downloadAll(model, check, onProgress, signal)),
      )
      last = Promise.allSettled([last, mine])
      try {
        await mine
      } finally {
        wanted.delete(model.id)
      }
    },

    async remove(id) {
      if (wanted.has(id))
        throw new StoreError('busy', `${id} is being downloaded: pause it before it is deleted.`)
      await writing(() => removeModel(files, id))
    },
  }
}
