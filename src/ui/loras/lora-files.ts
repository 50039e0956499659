// Where the page keeps LoRAs: in the browser's own storage, or, where it gives none, as long as the tab is open.

export interface LoraFiles {
  readonly place: 'disk' | 'memory'
  write(id: string, file: Blob): Promise<void>
  read(id: string): Promise<Blob | undefined>
  remove(id: string): Promise<void>
}

const FOLDER = ['zoetrope', 'loras']

export function lorasInMemory(): LoraFiles {
  const files = new Map<string, Blob>()
  return {
    place: 'memory',
    write: async (id, file) => void files.set(id, file),
    read: async (id) => files.get(id),
    remove: async (id) => void files.delete(id),
  }
}

/** @throws where the browser offers no storage, as in some private windows */
export async function lorasOnDisk(storage: StorageManager): Promise<LoraFiles> {
  let folder = await storage.getDirectory()
  for (const name of FOLDER) folder = await folder.getDirectoryHandle(name, { create: true })
  return {
    place: 'disk',
    async write(id, file) {
      const handle = await folder.getFileHandle(id, { create: true })
      if (!('createWritable' in handle))
        throw new Error('This browser cannot keep a LoRA here: it stays until the tab is closed.')
      // What is written appears when it is closed: whole or not at all.
      const stream = await handle.createWritable()
      await file.stream().pipeTo(stream)
    },
    async read(id) {
      try {
        return await (await folder.getFileHandle(id)).getFile()
      } catch {
        return undefined
      }
    },
    remove: (id) => folder.removeEntry(id).catch(() => undefined),
  }
}
