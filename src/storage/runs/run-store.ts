// Runs that are being made, kept so that an interrupted one goes on where it was. Each is a journal, and files of bytes
// beside it; whoever has the journal open is making the run.
import { StoreError } from '../error'
import type { OpenFile, StoreFiles } from '../files'
import { openJournal } from '../journal'
import { keptRun, type KeptRun } from './kept-run'
import { FORMAT, replayRun, type RunLine, type RunLines } from './run-lines'
import { framesPath, journalPath, ownerOf, RUNS, savePath, SLOTS } from './run-paths'

/** Room that a run will take, reserved before it begins. */
export interface RunRoom {
  /** Bytes of each save, by name, and in how many files it takes turns. */
  readonly saves: ReadonlyMap<string, { readonly bytes: number; readonly slots: 1 | 2 }>
  readonly frameBytes: number
}

export interface StoredRun {
  readonly id: string
  readonly lines: RunLines
}

export interface RunStore {
  /** Reserves the room and begins a record. @throws NoRoom, and what the storage throws */
  begin(facts: unknown, room: RunRoom): Promise<KeptRun>
  /**
   * Takes a run over; undefined where there is none of that id.
   * @throws StoreError where someone else is making it, and what the storage throws
   */
  open(id: string): Promise<KeptRun | undefined>
  /** Runs that nobody is making. Clears away what is left of others. */
  list(): Promise<StoredRun[]>
  /** Removes every trace. */
  discard(id: string): Promise<void>
  /** Bytes that may still be stored, as far as is known. */
  room(): Promise<number | undefined>
}

export interface RunStoreOptions {
  /** Milliseconds to wait for a tab that was closed, and lets go of its files a moment later. */
  readonly patience?: number
}

const BEAT = 100
const BUSY =
  'This video is open in another tab. Continue it there, or close that tab, wait a moment and try again.'

async function whenFree<T>(open: () => Promise<T>, patience: number): Promise<T | undefined> {
  for (let waited = 0; ; waited += BEAT) {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'busy')) throw error
      if (waited >= patience) return undefined
      await new Promise((resolve) => setTimeout(resolve, BEAT))
    }
  }
}

/** Undefined also where a line is not ours: it is of no use to anyone. */
function linesOf(records: readonly unknown[]): ReturnType<typeof replayRun> {
  try {
    return replayRun(records)
  } catch {
    return undefined
  }
}

async function reserve(files: StoreFiles, path: string, bytes: number): Promise<void> {
  const file = await files.open(path)
  try {
    file.truncate(bytes)
    file.flush()
  } finally {
    file.close()
  }
}

export function createRunStore(files: StoreFiles, { patience = 2_000 }: RunStoreOptions = {}): RunStore {
  const own = new Map<string, KeptRun>()

  const removeFiles = async (id: string): Promise<void> => {
    const names = await files.names(RUNS)
    const journal = journalPath(id)
    for (const path of names.filter((name) => ownerOf(name) === id).map((name) => `${RUNS}/${name}`))
      if (path !== journal) await files.remove(path)
    await files.remove(journal) // last: what it names is gone
  }

  /** Says first that there is nothing, so that no crash leaves a run that seems to wait. */
  const erase = async (id: string, journal: OpenFile): Promise<void> => {
    try {
      journal.truncate(0)
      journal.flush()
    } finally {
      journal.close()
    }
    await removeFiles(id)
  }

  const held = (id: string, file: OpenFile, lines: RunLines): KeptRun => {
    const { journal } = openJournal<RunLine>(file)
    const run = keptRun(
      files,
      { id, lines, journal },
      {
        forget: () => own.delete(id),
        erase: async () => erase(id, await files.open(journalPath(id))),
      },
    )
    own.set(id, run)
    return run
  }

  const begin = async (facts: unknown, { saves, frameBytes }: RunRoom): Promise<KeptRun> => {
    const id = crypto.randomUUID()
    const file = await files.open(journalPath(id))
    try {
      for (const [name, { bytes, slots }] of saves)
        for (const slot of SLOTS.slice(0, slots)) await reserve(files, savePath(id, name, slot), bytes)
      if (frameBytes > 0) await reserve(files, framesPath(id), frameBytes)
      const { journal } = openJournal<RunLine>(file)
      journal.append({ kind: 'run', format: FORMAT, facts })
      return held(id, file, { facts, saves: new Map(), frames: [] })
    } catch (error) {
      await erase(id, file).catch(() => undefined)
      throw error
    }
  }

  /** Undefined where another tab has it. */
  const look = async (
    id: string,
    wait: number,
  ): Promise<[OpenFile, ReturnType<typeof replayRun>] | undefined> => {
    const file = await whenFree(() => files.open(journalPath(id)), wait)
    if (file === undefined) return undefined
    try {
      return [file, linesOf(openJournal<RunLine>(file).records)]
    } catch (error) {
      file.close() // a disk that fails now may give the run another time
      throw error
    }
  }

  return {
    begin,
    async open(id) {
      own.get(id)?.close()
      if (!(await files.names(RUNS)).some((name) => `${RUNS}/${name}` === journalPath(id))) return undefined
      const found = await look(id, patience)
      if (found === undefined) throw new StoreError('busy', BUSY)
      const [file, lines] = found
      if (lines !== undefined && lines !== 'newer') return held(id, file, lines)
      file.close()
      return undefined
    },
    async list() {
      const names = await files.names(RUNS)
      const ids = new Set(names.map(ownerOf))
      const found: StoredRun[] = []
      for (const id of ids) {
        if (own.has(id)) continue
        if (!names.some((name) => `${RUNS}/${name}` === journalPath(id))) {
          await removeFiles(id).catch(() => undefined)
          continue
        }
        const looked = await look(id, patience).catch(() => undefined)
        if (looked === undefined) continue
        const [file, lines] = looked
        if (lines === undefined) await erase(id, file).catch(() => undefined)
        else file.close()
        if (lines !== undefined && lines !== 'newer') found.push({ id, lines })
      }
      return found
    },
    async discard(id) {
      const run = own.get(id)
      if (run !== undefined) return run.discard()
      if (!(await files.names(RUNS)).some((name) => ownerOf(name) === id)) return
      const file = await whenFree(() => files.open(journalPath(id)), patience)
      if (file !== undefined) await erase(id, file)
    },
    room: async () => files.room?.().catch(() => undefined),
  }
}
