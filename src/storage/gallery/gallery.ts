// Keeps every clip with its recipe and a still. A clip is complete on the disk before it enters the index.
import { ZoetropeError } from '../../protocol/errors'
import type { ClipFacts, ClipRecord, GalleryPlace, GivenFile } from '../../protocol/gallery'
import type { ClipFiles, Film, StoredRecord } from './clip-files'
import type { ClipIndex } from './clip-index'

export interface Gallery {
  readonly place: GalleryPlace
  /** Newest first, including deleted ones until they are purged. */
  list(): Promise<ClipRecord[]>
  keep(facts: ClipFacts, film: Film, madeAt: number): Promise<ClipRecord>
  mp4(id: string): Promise<Blob>
  /** The picture that the clip began with. */
  picture(id: string): Promise<Blob>
  /** The other files that it was made with; none where they found no room. */
  given(id: string): Promise<GivenFile[]>
  /** Its latents, as a safetensors file. */
  latents(id: string): Promise<Blob>
  change(id: string, change: Partial<Pick<ClipRecord, 'isStarred'>>): Promise<void>
  /** Hides clips; `restore` brings them back until `purge`. */
  remove(ids: readonly string[], at: number): Promise<void>
  restore(ids: readonly string[]): Promise<void>
  /** Purges clips that were deleted before a moment. */
  purge(before: number): Promise<void>
}

/** Clips whose latents are kept. */
const MOST_LATENTS = 20

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

export function createGallery(files: ClipFiles, index: ClipIndex): Gallery {
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
      const poster = await files.poster(id)
      const whole = { ...record, ...(poster !== undefined && { poster }) }
      await index.put(whole)
      found.push(whole)
    }
    return [...records.filter(({ id }) => onDisk.has(id)), ...found]
  }

  const change = async (ids: readonly string[], next: (record: ClipRecord) => ClipRecord): Promise<void> => {
    const wanted = new Set(ids)
    for (const record of await index.all()) {
      if (!wanted.has(record.id)) continue
      const changed = next(record)
      await files.writeRecord(withoutPoster(changed))
      await index.put(changed)
    }
  }

  /** Latents are many times the size of a clip: the newest have them. A clip is whole without. */
  const keepLatents = async (record: ClipRecord, latents: Blob): Promise<ClipRecord> => {
    try {
      await files.writeLatents(record.id, latents)
    } catch {
      return record // the disk is nearly full
    }
    const all = (await index.all()).filter(({ hasLatents }) => hasLatents === true)
    const old = all.sort((a, b) => b.madeAt - a.madeAt).slice(MOST_LATENTS - 1)
    for (const { id } of old) await files.removeLatents(id)
    await change(
      old.map(({ id }) => id),
      ({ hasLatents: _hasLatents, ...rest }) => rest,
    )
    await change([record.id], (rest) => ({ ...rest, hasLatents: true }))
    return { ...record, hasLatents: true }
  }

  /** A clip is whole without them too: its recipe names them. */
  const keepGiven = async (record: ClipRecord, given: readonly GivenFile[]): Promise<ClipRecord> => {
    try {
      for (const [place, { file }] of given.entries()) await files.writeGiven(record.id, place, file)
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
      const { mp4, poster, picture, given = [], latents } = film
      const record = {
        id: newId(madeAt),
        madeAt,
        facts,
        bytes: mp4.size,
        isStarred: false,
        ...(picture !== undefined && { hasPicture: true }),
      }
      await files.write(record, film)
      let whole: ClipRecord = { ...record, ...(poster !== undefined && { poster }) }
      await index.put(whole).catch(() => undefined) // the next visit reads it from beside the clip
      if (given.length > 0) whole = await keepGiven(whole, given)
      return latents === undefined ? whole : keepLatents(whole, latents)
    },
    async mp4(id) {
      const file = await files.mp4(id)
      if (file === undefined)
        throw new ZoetropeError(
          'storage-failed',
          "The file of this clip is gone from the browser's storage. Make it again by its recipe.",
        )
      return file
    },
    async picture(id) {
      const picture = await files.picture(id)
      if (picture === undefined)
        throw new ZoetropeError(
          'storage-failed',
          "The picture that this clip began with is gone from the browser's storage. Choose it again.",
        )
      return picture
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
    async latents(id) {
      const latents = await files.latents(id)
      if (latents === undefined)
        throw new ZoetropeError(
          'storage-failed',
          `The latents of this clip are gone: those of the newest ${MOST_LATENTS} clips are kept. Make it again by its recipe.`,
        )
      return latents
    },
    change: (id, { isStarred }) =>
      change([id], (record) => ({ ...record, ...(isStarred !== undefined && { isStarred }) })),
    remove: (ids, at) => change(ids, (record) => ({ ...record, deletedAt: at })),
    restore: (ids) => change(ids, ({ deletedAt: _deletedAt, ...record }) => record),
    async purge(before) {
      for (const record of await index.all()) {
        if (!isDeletedBefore(record, before)) continue
        await files.remove(record.id)
        await index.remove(record.id)
      }
    },
  }
}
