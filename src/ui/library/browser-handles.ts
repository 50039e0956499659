// Handles of the user's files in the browser's database: not the files, only the right to ask for them again.
import { ZoetropeError } from '../../protocol/errors'
import type { NamedFile } from '../../protocol/model-source'
import { within } from '../../protocol/within'
import type { DiskMemory, DiskSet } from './disk-memory'
import { changedSince, knownOf, type KnownFile } from './known-files'
import { apart, filesOf, isOfModel } from './picked'

interface KeptSet extends DiskSet {
  handles: FileSystemHandle[]
  /** Absent in sets from before this was kept. */
  known?: KnownFile[]
}

/** The part of a handle that TypeScript does not know yet. */
interface Asking {
  queryPermission?(options: { mode: 'read' }): Promise<PermissionState>
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>
}

const DATABASE = 'zoetrope'
const SETS = 'files'

/** Milliseconds. What is remembered is a comfort; a page must not wait for it. */
const PATIENCE = 4_000

function answer<Result>(request: IDBRequest<Result>, onUnclaimed?: (late: Result) => void): Promise<Result> {
  const answered = new Promise<Result>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('The browser keeps no files here.'))
  })
  return within(answered, {
    ms: PATIENCE,
    late: () =>
      new ZoetropeError(
        'storage-failed',
        `The browser's database gave no answer in ${PATIENCE / 1000} s, so the files chosen earlier are not known. Choose them again, or restart the browser.`,
      ),
    ...(onUnclaimed && { onUnclaimed }),
  })
}

async function withSets<Result>(
  mode: IDBTransactionMode,
  work: (sets: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => void opening.result.createObjectStore(SETS, { keyPath: 'key' })
  const database = await answer(opening, (late) => late.close())
  try {
    return await answer(work(database.transaction(SETS, mode).objectStore(SETS)))
  } finally {
    database.close()
  }
}

async function mayRead(handle: FileSystemHandle & Asking, mayAsk: boolean): Promise<boolean> {
  const state = (await handle.queryPermission?.({ mode: 'read' })) ?? 'granted'
  if (state !== 'prompt' || !mayAsk) return state === 'granted'
  return (await handle.requestPermission?.({ mode: 'read' })) === 'granted'
}

/** One after the other: a browser shows one question at a time. */
async function allMayRead(handles: readonly FileSystemHandle[], mayAsk: boolean): Promise<boolean> {
  for (const handle of handles) if (!(await mayRead(handle, mayAsk))) return false
  return true
}

async function read(set: KeptSet): Promise<NamedFile[]> {
  const files = await Promise.all(set.handles.map((handle) => filesOf(handle))).catch((cause: unknown) => {
    throw new Error(
      `${set.title} cannot be read: a file was moved or deleted since. Choose the files again.`,
      {
        cause,
      },
    )
  })
  const found = apart(files.flat())
  const changed = changedSince(set.known ?? [], found)
  // Another model of the same name would be used in silence.
  if (changed !== undefined)
    throw new Error(
      `${changed} is not the file that was chosen: it was changed since. Choose the files again to use it as it is now.`,
    )
  return found
}

/** A short name for a set: that of the transformer where it is known, else of the largest file. */
export function titleOf(files: readonly NamedFile[]): string {
  const names = files
    .toSorted((a, b) => b.file.size - a.file.size)
    .map(({ name }) => name.split('/').at(-1) ?? name)
  const main = names.find((name) => /t2v|1[._]3b/i.test(name)) ?? names[0] ?? 'Nothing'
  return names.length < 2 ? main : `${main} and ${names.length - 1} more`
}

/** Of the same names, so that files picked again take the place of those from before. */
function keyOf(handles: readonly FileSystemHandle[]): string {
  return handles
    .map(({ name }) => name)
    .sort()
    .join('\n')
}

export function browserHandles(): DiskMemory {
  return {
    async list() {
      const sets: KeptSet[] = await withSets('readonly', (all) => all.getAll())
      return sets.map(({ key, title, bytes }) => ({ key, title, bytes }))
    },

    async remember({ files, handles }) {
      if (handles.length === 0) return undefined
      const set = {
        key: keyOf(handles),
        title: titleOf(files),
        bytes: files.reduce((sum, { file }) => sum + file.size, 0),
      }
      const known = files.filter(isOfModel).map(knownOf) // a folder has other files too
      try {
        await withSets('readwrite', (all) => all.put({ ...set, handles, known } satisfies KeptSet))
        return set
      } catch {
        return undefined // a private window: the files serve for this visit
      }
    },

    forget: async (key) => void (await withSets('readwrite', (all) => all.delete(key))),

    async files(key, mayAsk) {
      const set: KeptSet | undefined = await withSets('readonly', (all) => all.get(key))
      if (set === undefined) throw new Error('These files are no longer remembered. Choose them again.')
      return (await allMayRead(set.handles, mayAsk)) ? read(set) : undefined
    },
  }
}
