// Films that are being made, on the disk as far as they go: what is left here when a page opens was cut short.
import { NoRoom } from '../files'
import { openSync, originFolder, type SyncFile } from '../origin-folder'

/** The first bytes of a film begin its file; each further piece plays up to its end. */
export interface DraftFilms {
  /** Adds to the film that this tab makes; a first piece begins another. */
  append(bytes: Uint8Array<ArrayBuffer>, isFirst: boolean): Promise<void>
  /** Forgets this tab's film: it was kept, or thrown away. */
  settle(): Promise<void>
  /** Films that no other tab is making, which are deleted here; this tab's own too. */
  takeLeft(): Promise<Uint8Array<ArrayBuffer>[]>
}

export type DraftFile = Omit<SyncFile, 'truncate'>

/** Where drafts lie. One holder of a file at a time, in all tabs. */
export interface DraftFolder {
  names(): Promise<string[]>
  /** @throws where another tab holds it */
  open(name: string): Promise<DraftFile>
  remove(name: string): Promise<void>
}

/** More than this is a damaged file, or no film. */
const MOST_BYTES = 2 ** 31

export function createDrafts(folder: DraftFolder, newName: () => string): DraftFilms {
  let own: { readonly name: string; readonly file: DraftFile } | undefined

  const settle = async (): Promise<void> => {
    const { name, file } = own ?? {}
    own = undefined
    file?.close()
    if (name !== undefined) await folder.remove(name)
  }

  return {
    settle,
    async append(bytes, isFirst) {
      if (isFirst) {
        await settle()
        const name = newName()
        own = { name, file: await folder.open(name) }
      }
      if (own === undefined) return
      const at = own.file.getSize()
      const written = own.file.write(bytes, { at })
      own.file.flush()
      if (written !== bytes.length)
        throw new NoRoom(`${own.name}: ${written} of ${bytes.length} bytes were written.`)
    },
    async takeLeft() {
      const films: Uint8Array<ArrayBuffer>[] = []
      own?.file.close()
      own = undefined
      for (const name of await folder.names()) {
        const file = await folder.open(name).catch(() => undefined) // another tab is making it
        if (file === undefined) continue
        const size = file.getSize()
        const bytes = new Uint8Array(size > MOST_BYTES ? 0 : size)
        file.read(bytes, { at: 0 })
        file.close()
        await folder.remove(name)
        if (bytes.length > 0) films.push(bytes)
      }
      return films
    },
  }
}

/** @throws where the browser offers no storage */
export async function draftsOnDisk(): Promise<DraftFilms> {
  const folder = await originFolder('live')
  return createDrafts(
    {
      async names() {
        const names: string[] = []
        for await (const name of folder.keys()) names.push(name)
        return names
      },
      open: async (name) => openSync(await folder.getFileHandle(name, { create: true })),
      remove: (name) => folder.removeEntry(name),
    },
    () => `${Date.now().toString(36)}-${crypto.randomUUID().slice(0, 8)}.mp4`,
  )
}
