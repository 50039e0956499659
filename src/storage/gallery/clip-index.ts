import { openDB, type DBSchema } from 'idb'
import type { ClipRecord } from '../../protocol/gallery'
import { originFolder, originRoot } from '../origin-folder'

interface Schema extends DBSchema {
  clips: { key: string; value: ClipRecord }
}

/**
 * Reads the records of all clips at once. Losing it loses nothing, since the records are also stored beside the
 * clips.
 */
export interface ClipIndex {
  all(): Promise<ClipRecord[]>
  put(record: ClipRecord): Promise<void>
  remove(id: string): Promise<void>
}

/** Says that records were changed without the database, which is then of no use to the next visit. */
export interface StaleMark {
  isSet(): Promise<boolean>
  set(): Promise<void>
  clear(): Promise<void>
}

const DATABASE = 'zoetrope-gallery'
const PATIENCE_MS = 4000

export function indexInMemory(): ClipIndex {
  const records = new Map<string, ClipRecord>()
  return {
    all: async () => [...records.values()],
    put: async (record) => void records.set(record.id, record),
    remove: async (id) => void records.delete(id),
  }
}

/** @throws where the browser has no database, or it does not answer */
export async function indexOnDisk(): Promise<ClipIndex> {
  const opening = openDB<Schema>(DATABASE, 1, {
    upgrade: (database) => void database.createObjectStore('clips', { keyPath: 'id' }),
  })
  const late = new Promise<never>((_resolve, reject) =>
    setTimeout(() => reject(new Error('The database of the browser does not answer.')), PATIENCE_MS),
  )
  const database = await Promise.race([opening, late])
  return {
    all: () => database.getAll('clips'),
    put: async (record) => void (await database.put('clips', record)),
    remove: (id) => database.delete('clips', id),
  }
}

/** An empty folder, which takes no room. */
export function markOnDisk(): StaleMark {
  const name = 'stale-index'
  return {
    isSet: async () => {
      const root = await originRoot()
      return root.getDirectoryHandle(name).then(
        () => true,
        () => false,
      )
    },
    set: async () => void (await originFolder(name)),
    clear: async () => (await originRoot()).removeEntry(name),
  }
}

async function clear(index: ClipIndex): Promise<void> {
  for (const { id } of await index.all()) await index.remove(id)
}

/**
 * The index of the database, or one in memory from the moment on at which the database does not answer or takes no
 * more. What the database missed is marked: it begins empty at the next visit, and is filled from the records.
 */
export async function openIndex(open: () => Promise<ClipIndex>, mark: StaleMark): Promise<ClipIndex> {
  const memory = indexInMemory()
  let index = await open().catch(() => memory)
  let leaving: Promise<void> | undefined
  try {
    if (index !== memory && (await mark.isSet())) {
      await clear(index)
      await mark.clear()
    }
  } catch {
    index = memory
  }

  const leave = async (): Promise<void> => {
    for (const record of await index.all().catch(() => [])) await memory.put(record)
    index = memory
  }
  const write = async (work: (index: ClipIndex) => Promise<void>): Promise<void> => {
    if (index !== memory) {
      try {
        return await work(index)
      } catch {
        await (leaving ??= leave())
      }
    }
    await mark.set().catch(() => undefined) // the disk is full
    await work(memory)
  }

  return {
    all: () => index.all(),
    put: (record) => write((each) => each.put(record)),
    remove: (id) => write((each) => each.remove(id)),
  }
}
