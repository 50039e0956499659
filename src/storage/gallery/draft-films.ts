// Films that are being made, on the disk as far as they go: what is left here when a page opens was cut short.
import { NoRoom } from '../files'
import { openSync, originFolder, type SyncFile } from '../origin-folder'

type Bytes = Uint8Array<ArrayBuffer>

/** The first bytes of a film begin its file; each further piece plays up to its end. */
export interface DraftFilms {
  /** Adds to the film that this tab makes; a first piece begins another. */
  append(bytes: Bytes, isFirst: boolean): Promise<void>
  /**
   * Ends this tab's film.
   * @param isOver it was kept or thrown away, so its file goes; otherwise the file waits for the next visit
   * @returns the name of the file that waits
   */
  settle(isOver: boolean): Promise<string | undefined>
  /**
   * Hands over the films that no other tab is making, this tab's own too, one after the other.
   * @param keep resolves to whether the film's file may go; otherwise the file waits for the next visit
   */
  takeLeft(keep: (film: Bytes, name: string) => Promise<boolean>): Promise<void>
  /** Removes a film that waits for the next visit. */
  discard(name: string): Promise<void>
  /** Removes every film that no other tab is making. */
  clear(): Promise<void>
}

export type DraftFile = Omit<SyncFile, 'truncate'>

/** Where drafts lie. One holder of a file at a time, in all tabs. */
export interface DraftFolder {
  names(): Promise<string[]>
  /** @throws where another tab holds it */
  open(name: string): Promise<DraftFile>
  remove(name: string): Promise<void>
}

/** Of a longer film, what a browser reads at once is kept. */
const MOST_BYTES = 2 ** 31 - 1

export function createDrafts(folder: DraftFolder, newName: () => string): DraftFilms {
  /** Nothing is added to a film that a full disk has cut: it would play on with a piece missing. */
  let own: { readonly name: string; readonly file: DraftFile; isCut: boolean } | undefined
  /** Films that wait for the next visit. */
  const waiting = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other: the next piece of a film comes while its file is still being opened. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }

  const settle = async (isOver: boolean): Promise<string | undefined> => {
    const { name, file } = own ?? {}
    own = undefined
    file?.close()
    if (name === undefined) return undefined
    if (!isOver) {
      waiting.add(name)
      return name
    }
    await folder.remove(name)
    return undefined
  }

  /** Holds a film's file, so that no other tab takes it, until it is known whether it goes. */
  const take = async (name: string, isOver: (file: DraftFile) => Promise<boolean>): Promise<void> => {
    const file = await folder.open(name).catch(() => undefined) // another tab is making it
    if (file === undefined) return
    waiting.add(name)
    if (!(await isOver(file).finally(() => file.close()))) return
    await folder.remove(name)
    waiting.delete(name)
  }

  /** Names of films, this tab's own too, which ends here. */
  const ended = (): Promise<string[]> =>
    inTurn(async () => {
      own?.file.close()
      own = undefined
      return folder.names()
    })

  return {
    settle: (isOver) => inTurn(() => settle(isOver)),
    append: (bytes, isFirst) =>
      inTurn(async () => {
        if (isFirst) {
          await settle(true)
          const name = newName()
          own = { name, file: await folder.open(name), isCut: false }
        }
        if (own === undefined || own.isCut) return
        own.isCut = true
        const at = own.file.getSize()
        const written = own.file.write(bytes, { at })
        own.file.flush()
        if (written !== bytes.length)
          throw new NoRoom(`${own.name}: ${written} of ${bytes.length} bytes were written.`)
        own.isCut = false
      }),
    async takeLeft(keep) {
      const read = (file: DraftFile): Bytes => {
        const bytes = new Uint8Array(Math.min(file.getSize(), MOST_BYTES))
        file.read(bytes, { at: 0 })
        return bytes
      }
      for (const name of (await ended()).filter((each) => !waiting.has(each)))
        await take(name, async (file) => file.getSize() === 0 || keep(read(file), name)).catch(
          (error: unknown) =>
            console.warn(
              'An interrupted film could not be recovered and will be tried again at the next visit:',
              error,
            ),
        )
    },
    async discard(name) {
      await folder.remove(name)
      waiting.delete(name)
    },
    async clear() {
      for (const name of await ended()) await take(name, async () => true)
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
