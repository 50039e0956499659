// Keeps every clip with its recipe and a still. A clip is complete on the disk before it enters the index.
import { ZoetropeError } from '../../protocol/errors'
import type { ClipFacts, ClipRecord, GalleryPlace, GivenFile } from '../../protocol/gallery'
import type { ClipFiles, ClipPart, Film, LargePart, StoredRecord } from './clip-files'
import type { ClipIndex } from './clip-index'
import { makingRoom } from './making-room'

/** What a clip was made with, beside the picture that it began with. */
export interface MadeWith {
  readonly given?: readonly GivenFile[] | undefined
}

/** What only the newest clips keep. */
export interface Large {
  readonly latents?: Blob | undefined
  readonly end?: { readonly content: Blob; readonly sha256: string } | undefined
}

export interface Gallery {
  readonly place: GalleryPlace
  /** Newest first, including deleted ones until they are purged. */
  list(): Promise<ClipRecord[]>
  keep(facts: ClipFacts, film: Film & MadeWith & Large, madeAt: number): Promise<ClipRecord>
  /** @throws ZoetropeError where the clip does not have it */
  file(id: string, part: ClipPart): Promise<Blob>
  /** The other files that it was made with; none where they found no room. */
  given(id: string): Promise<GivenFile[]>
  change(id: string, change: Partial<Pick<ClipRecord, 'isStarred'>>): Promise<void>
  /** Hides clips; `restore` brings them back until `purge`. */
  remove(ids: readonly string[], at: number): Promise<void>
  restore(ids: readonly string[]): Promise<void>
  /** Purges clips that were deleted before a moment. */
  purge(before: number): Promise<void>
  /** Purges every clip, without writing anything. @throws ZoetropeError where some stay */
  clear(): Promise<void>
}

/** Clips whose latents, and whose ends, are kept. */
const MOST_LARGE = 20

const NEWEST = `those of the newest ${MOST_LARGE} clips are kept`
const GONE: Readonly<Record<ClipPart, string>> = {
  mp4: "The file of this clip is gone from the browser's storage. Make it again from its recipe.",
  poster: "The still of this clip is gone from the browser's storage.",
  picture: "The picture that this clip began with is gone from the browser's storage. Choose it again.",
  latents: `The latents of this clip are gone: ${NEWEST}. Make it again from its recipe.`,
  end: `The last frame of the clip to continue is gone: ${NEWEST}. Make that clip again from its recipe, or begin with one of its frames.`,
}

function isDeletedBefore({ deletedAt }: ClipRecord, before: number): boolean {
  return deletedAt !== undefined && deletedAt < before
}

function withoutPoster({ poster: _poster, ...record }: ClipRecord): StoredRecord {
  return record
}

/** Names sort by time. */
function newId(madeAt: number): string {
  return `${madeAt.toString(36).padStart(9, '0')}-${crypto.randomUUID().slice(0, 8)}`
}

/** A gallery whose deleted clips make room for what is written. */
export function createGallery(files: ClipFiles, index: ClipIndex, now: () => number = Date.now): Gallery {
  /** Restores index entries from the records beside clips, and removes entries whose clips are gone. */
  const reconcile = async (): Promise<ClipRecord[]> => {
    const [records, ids] = await Promise.all([index.all(), files.ids()])
    const onDisk = new Set(ids)
    for (const { id } of records) if (!onDisk.has(id)) await index.remove(id)
    const known = new Set(records.map(({ id }) => id))
    const found: ClipRecord[] = []
    for (const id of ids) {
      if (known.has(id)) continue
      const record = await files.record(id)
      if (record === undefined) continue // another tab may still be writing it
      const poster = await files.read(id, 'poster')
      const whole = { ...record, ...(poster !== undefined && { poster }) }
      await index.put(whole)
      found.push(whole)
    }
    return [...records.filter(({ id }) => onDisk.has(id)), ...found]
  }

  const purge = async (before: number): Promise<void> => {
    for (const record of await reconcile()) {
      if (!isDeletedBefore(record, before)) continue
      await files.remove(record.id)
      await index.remove(record.id)
    }
  }
  const withRoom = makingRoom(purge, now)

  const change = (ids: readonly string[], next: (record: ClipRecord) => ClipRecord): Promise<void> =>
    withRoom(async () => {
      const wanted = new Set(ids)
      for (const record of await index.all()) {
        if (!wanted.has(record.id)) continue
        const changed = next(record)
        await files.writeRecord(withoutPoster(changed))
        await index.put(changed)
      }
    })

  /** Such files are many times the size of a clip: the newest clips have them. A clip is whole without. */
  const keepLarge = async (
    record: ClipRecord,
    part: LargePart,
    content: Blob,
    fact: Partial<Pick<ClipRecord, 'hasLatents' | 'end'>>,
  ): Promise<ClipRecord> => {
    try {
      await withRoom(() => files.add(record.id, part, content))
    } catch {
      return record // the disk is nearly full
    }
    const hasPart = ({ hasLatents, end }: ClipRecord): boolean =>
      part === 'end' ? end !== undefined : hasLatents === true
    const old = (await index.all())
      .filter(hasPart)
      .sort((a, b) => b.madeAt - a.madeAt)
      .slice(MOST_LARGE - 1)
      .map(({ id }) => id)
    for (const id of old) await files.drop(id, part)
    await change(old, ({ hasLatents, end, ...rest }) =>
      part === 'end' ? { ...rest, ...(hasLatents && { hasLatents }) } : { ...rest, ...(end && { end }) },
    )
    const whole = { ...record, ...fact }
    await change([record.id], () => whole)
    return whole
  }

  /** A clip is whole without them too: its recipe names them. */
  const keepGiven = async (record: ClipRecord, given: readonly GivenFile[]): Promise<ClipRecord> => {
    try {
      for (const [place, { file }] of given.entries())
        await withRoom(() => files.writeGiven(record.id, place, file))
    } catch {
      for (const place of given.keys()) await files.removeGiven(record.id, place)
      return record // the disk is nearly full
    }
    const names = given.map(({ role, name, type }) => ({ role, name, type }))
    await change([record.id], (rest) => ({ ...rest, given: names }))
    return { ...record, given: names }
  }

  return {
    place: files.place,
    list: async () => (await reconcile()).sort((a, b) => b.madeAt - a.madeAt),
    async keep(facts, film, madeAt) {
      const { latents, end, given = [], ...own } = film
      const { mp4, poster, picture } = own
      const record = {
        id: newId(madeAt),
        madeAt,
        facts,
        bytes: mp4.size,
        isStarred: false,
        ...(picture !== undefined && { hasPicture: true }),
      }
      await withRoom(() => files.write(record, own))
      let whole: ClipRecord = { ...record, ...(poster !== undefined && { poster }) }
      await index.put(whole).catch(() => undefined) // the next visit reads it from beside the clip
      if (given.length > 0) whole = await keepGiven(whole, given)
      if (latents) whole = await keepLarge(whole, 'latents', latents, { hasLatents: true })
      if (!end) return whole
      const { content, sha256 } = end
      return keepLarge(whole, 'end', content, { end: { bytes: content.size, sha256 } })
    },
    async file(id, part) {
      const file = await files.read(id, part)
      if (file === undefined) throw new ZoetropeError('storage-failed', GONE[part])
      return file
    },
    async given(id) {
      const names = (await index.all()).find((record) => record.id === id)?.given ?? []
      return Promise.all(
        names.map(async (each, place) => {
          const file = await files.given(id, place)
          if (file === undefined)
            throw new ZoetropeError(
              'storage-failed',
              `${each.name}, which this clip was made with, is gone from the browser's storage. Choose it again.`,
            )
          return { ...each, file }
        }),
      )
    },
    change: (id, { isStarred }) =>
      change([id], (record) => ({ ...record, ...(isStarred !== undefined && { isStarred }) })),
    remove: (ids, at) => change(ids, (record) => ({ ...record, deletedAt: at })),
    restore: (ids) => change(ids, ({ deletedAt: _deletedAt, ...record }) => record),
    purge,
    async clear() {
      for (const id of await files.ids()) await files.remove(id)
      const left = (await files.ids()).length
      await reconcile()
      if (left > 0)
        throw new ZoetropeError(
          'storage-failed',
          `The browser could not erase ${left} of the clips. Close other tabs of Zoetrope, which may be using them, and try again.`,
        )
    },
  }
}
