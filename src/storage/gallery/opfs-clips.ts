import { NoRoom } from '../files'
import { openSync, originFolder } from '../origin-folder'
import type { ClipFiles, ClipPart, StoredRecord } from './clip-files'

const RECORD = 'record.json'
/** Names of files, in the order in which they are written. */
const NAMES: Readonly<Record<ClipPart, string>> = {
  mp4: 'clip.mp4',
  poster: 'poster',
  picture: 'picture',
  latents: 'latents.safetensors',
  end: 'end.safetensors',
}
const FILM = ['mp4', 'poster', 'picture'] as const
const givenName = (place: number): string => `given-${place}`
/** Bytes that are in memory at once. */
const PIECE = 8 << 20
/** What a record grows by when its clip is deleted, which a full disk must not refuse. */
const DELETION = ',"deletedAt":1234567890123'.length

/** The result of `work`. @throws NoRoom also where Chromium says that the disk takes nothing at all any more */
async function made<Result>(name: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    const isFull = error instanceof Error && error.name === 'InvalidStateError'
    throw isFull ? new NoRoom(`${name}: ${error.message}`, { cause: error }) : error
  }
}

/** On a full disk a file that is there stays as it was. */
async function write(folder: FileSystemDirectoryHandle, name: string, content: Blob): Promise<void> {
  const file = await made(name, folder.getFileHandle(name, { create: true }).then(openSync))
  try {
    if (file.getSize() < content.size) file.truncate(content.size)
    // Chromium does nothing, and says nothing, where the quota is too small.
    if (file.getSize() < content.size)
      throw new NoRoom(`${name}: there is no room for ${content.size} bytes.`)
    for (let at = 0; at < content.size; at += PIECE) {
      const bytes = new Uint8Array(await content.slice(at, at + PIECE).arrayBuffer())
      const written = file.write(bytes, { at })
      if (written !== bytes.length)
        throw new NoRoom(`${name}: ${at + written} of ${content.size} bytes were written.`)
    }
    file.truncate(content.size)
    file.flush()
  } finally {
    file.close()
  }
}

/** @throws where the browser offers no storage, as in some private windows */
export async function clipsOnDisk(): Promise<ClipFiles> {
  const gallery = await originFolder('gallery')
  const read = async (id: string, name: string): Promise<File | undefined> => {
    try {
      return await (await (await gallery.getDirectoryHandle(id)).getFileHandle(name)).getFile()
    } catch {
      return undefined
    }
  }
  const writeRecord = (folder: FileSystemDirectoryHandle, record: StoredRecord): Promise<void> => {
    const spare = record.deletedAt === undefined ? DELETION : 0
    return write(folder, RECORD, new Blob([JSON.stringify(record), ' '.repeat(spare)]))
  }
  const removeFile = async (id: string, name: string): Promise<void> => {
    const folder = await gallery.getDirectoryHandle(id).catch(() => undefined)
    await folder?.removeEntry(name).catch(() => undefined)
  }
  const writeWhole = async (id: string, name: string, content: Blob): Promise<void> => {
    try {
      await write(await gallery.getDirectoryHandle(id), name, content)
    } catch (error) {
      await removeFile(id, name)
      throw error
    }
  }
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
      const folder = await made(record.id, gallery.getDirectoryHandle(record.id, { create: true }))
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
    add: (id, part, content) => writeWhole(id, NAMES[part], content),
    drop: (id, part) => removeFile(id, NAMES[part]),
    given: (id, place) => read(id, givenName(place)),
    writeGiven: (id, place, file) => writeWhole(id, givenName(place), file),
    removeGiven: (id, place) => removeFile(id, givenName(place)),
    remove,
  }
}
