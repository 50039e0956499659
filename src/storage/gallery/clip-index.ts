import { openDB, type DBSchema } from 'idb'
import type { ClipRecord } from '../../protocol/gallery'

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
