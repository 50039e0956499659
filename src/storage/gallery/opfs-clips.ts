import type { ClipFiles, ClipPart, StoredRecord } from './clip-files'

const FOLDER = ['zoetrope', 'gallery']
const RECORD = 'record.json'
/** Names of files, in the order in which they are written. */
const NAMES: Readonly<Record<ClipPart, string>> = {
  mp4: 'clip.mp4',
  poster: 'poster',
  picture: 'picture',
  lastPicture: 'last-picture',
  latents: 'latents.safetensors',
  end: 'end.safetensors',
}
const FILM = ['mp4', 'poster', 'picture', 'lastPicture'] as const

interface SyncHandle {
  getSize(): number
  read(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number
  truncate(size: number): void
  flush(): void
  close(): void
}

/** Available in dedicated workers; missing from a window's types. */
interface WorkerFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>
}

async function root(): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory()
  for (const name of FOLDER) folder = await folder.getDirectoryHandle(name, { create: true })
  return folder
}

async function write(folder: FileSystemDirectoryHandle, name: string, content: Blob): Promise<void> {
  const handle = (await folder.getFileHandle(name, { create: true })) as WorkerFileHandle
  const bytes = new Uint8Array(await content.arrayBuffer())
  const file = await handle.createSyncAccessHandle()
  try {
    file.truncate(0)
    const written = file.write(bytes, { at: 0 })
    if (written !== bytes.length)
      throw new DOMException(`The browser wrote ${written} of ${bytes.length} bytes.`, 'QuotaExceededError')
    file.flush()
  } finally {
    file.close()
  }
}

/** @throws where the browser offers no storage, as in some private windows */
export async function clipsOnDisk(): Promise<ClipFiles> {
  const gallery = await root()
  const read = async (id: string, name: string): Promise<File | undefined> => {
    try {
      return await (await (await gallery.getDirectoryHandle(id)).getFileHandle(name)).getFile()
    } catch {
      return undefined
    }
  }
  const writeRecord = async (folder: FileSystemDirectoryHandle, record: StoredRecord): Promise<void> =>
    write(folder, RECORD, new Blob([JSON.stringify(record)]))
  const remove = (id: string): Promise<void> =>
    gallery.removeEntry(id, { recursive: true }).catch(() => undefined)

  return {
    place: 'disk',
    async ids() {
      const ids: string[] = []
      for await (const id of gallery.keys()) ids.push(id)
      return ids
    },
    async write(record, film) {
      const folder = await gallery.getDirectoryHandle(record.id, { create: true })
      try {
        for (const part of FILM) {
          const content = film[part]
          if (content !== undefined) await write(folder, NAMES[part], content)
        }
        await writeRecord(folder, record) // last: a folder without it is an unfinished one
      } catch (error) {
        await remove(record.id)
        throw error
      }
    },
    writeRecord: async (record) => writeRecord(await gallery.getDirectoryHandle(record.id), record),
    async record(id) {
      try {
        const text = await (await read(id, RECORD))?.text()
        const record = JSON.parse(text ?? '') as StoredRecord
        return record.id === id && typeof record.facts.prompt === 'string' ? record : undefined
      } catch {
        return undefined
      }
    },
    read: (id, part) => read(id, NAMES[part]),
    async add(id, part, content) {
      const folder = await gallery.getDirectoryHandle(id)
      try {
        await write(folder, NAMES[part], content)
      } catch (error) {
        await folder.removeEntry(NAMES[part]).catch(() => undefined)
        throw error
      }
    },
    async drop(id, part) {
      const folder = await gallery.getDirectoryHandle(id).catch(() => undefined)
      await folder?.removeEntry(NAMES[part]).catch(() => undefined)
    },
    remove,
  }
}
