// Exports all clips to one zip, and imports them: each as an MP4 with its recipe, and its record and the files that
// it was made with beside it. Latents and ends stay out: they are many times as large.
import { Unzip, UnzipInflate, UnzipPassThrough, Zip, ZipPassThrough } from 'fflate'
import { ZoetropeError } from '../../protocol/errors'
import { MOST_GIVEN, type ClipRecord, type GivenFile } from '../../protocol/gallery'
import { bareGiven, type Bare } from './bare-given'
import type { StoredRecord } from './clip-files'
import type { Gallery } from './gallery'
import { readRecord, type KeptRecord } from './read-record'

const MOST_FILES = 20_000
const MOST_FILE_BYTES = 1 << 30
/** Films hardly shrink in a zip: what grows by more was made to fill the memory. */
const MOST_GROWTH = 4
const SMALL_BYTES = 2 << 20
const CHUNK = 4 << 20
/** Bytes that are unpacked at a time: deflated zeros become a thousand times as many. */
const BITE = 1 << 10
/** Bytes of a part of a file; smaller ones are put together. */
const PART_BYTES = 1 << 20
const MOST_RECORD_BYTES = 1 << 20

/** Before the place of a file that a clip was made with. */
const GIVEN = 'given-'

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer())
}

/** The bytes of a file; undefined where it is gone or cannot be read. */
async function bytesIfThere(file: Blob | Promise<Blob>): Promise<Uint8Array | undefined> {
  try {
    return await bytesOf(await file)
  } catch {
    return undefined
  }
}

/**
 * Streams into a Blob piece by piece, so that clips are not in memory twice. Counts the clips whose film cannot be
 * read: they are left out, and the others are backed up all the same.
 */
export async function backUp(
  gallery: Pick<Gallery, 'list' | 'file' | 'given'>,
  onDone: (share: number) => void,
): Promise<{ file: Blob; leftOut: number }> {
  const parts: Blob[] = []
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error
    parts.push(new Blob([new Uint8Array(bytes)]))
  })
  const add = (name: string, bytes: Uint8Array): void => {
    const file = new ZipPassThrough(name)
    zip.add(file)
    file.push(bytes, true)
  }
  const clips = (await gallery.list()).filter(({ deletedAt }) => deletedAt === undefined)
  const addClip = async (clip: ClipRecord): Promise<boolean> => {
    const { poster, hasLatents: _hasLatents, end: _end, isUnsaved: _isUnsaved, ...record } = clip
    const mp4 = await bytesIfThere(gallery.file(record.id, 'mp4'))
    if (mp4 === undefined) return false
    add(`${record.id}/record.json`, new TextEncoder().encode(JSON.stringify(record satisfies StoredRecord)))
    add(`${record.id}/clip.mp4`, mp4)
    const addIfThere = async (name: string, file: Blob | Promise<Blob>): Promise<void> => {
      const bytes = await bytesIfThere(file)
      if (bytes !== undefined) add(`${record.id}/${name}`, bytes)
    }
    if (poster !== undefined) await addIfThere('poster', poster)
    if (record.hasPicture === true) await addIfThere('picture', gallery.file(record.id, 'picture'))
    for (const [place, { file }] of (await gallery.given(record.id).catch(() => [])).entries())
      await addIfThere(`${GIVEN}${place}`, file)
    return true
  }
  let leftOut = 0
  for (const [i, clip] of clips.entries()) {
    if (!(await addClip(clip))) leftOut += 1
    onDone((i + 1) / clips.length)
  }
  zip.end()
  return { file: new Blob(parts, { type: 'application/zip' }), leftOut }
}

interface Found {
  record?: KeptRecord
  mp4?: Blob
  poster?: Blob
  picture?: Blob
  /** By place. */
  given: Map<number, Blob>
}

/** Files that a record names and the zip has; a clip has all of them or none. */
function givenOf({ record, given }: Found): GivenFile[] {
  const files = (record?.given ?? []).flatMap((each, place) => {
    const file = given.get(place)
    return file ? [{ ...each, file: new Blob([file], { type: each.type }) }] : []
  })
  return files.length === record?.given?.length ? files : []
}

async function asRecord(parts: Blob[]): Promise<KeptRecord | undefined> {
  const file = new Blob(parts)
  return file.size <= MOST_RECORD_BYTES ? readRecord(await bytesOf(file)) : undefined
}

/** Reads the files of a zip by name, in pieces. @throws ZoetropeError where it is not a zip, or too large */
async function unpack(zip: Blob): Promise<Map<string, Blob[]>> {
  const files = new Map<string, Blob[]>()
  const most = Math.max(SMALL_BYTES, MOST_GROWTH * zip.size)
  let total = 0
  const failure = (why: string): ZoetropeError =>
    new ZoetropeError('invalid-settings', `This file is not a Zoetrope backup: ${why}.`)
  /** What was refused here comes back through the library. */
  const damaged = (error: unknown): ZoetropeError =>
    error instanceof ZoetropeError ? error : failure('it is damaged')
  const unzip = new Unzip((file) => {
    if (files.size >= MOST_FILES) throw failure(`it has more than ${MOST_FILES} files`)
    const parts: Blob[] = []
    let bytes = 0
    let pending: Uint8Array<ArrayBuffer>[] = []
    let pendingBytes = 0
    files.set(file.name, parts)
    file.ondata = (error, data, isLast) => {
      if (error !== null) throw damaged(error)
      bytes += data.length
      total += data.length
      if (bytes > MOST_FILE_BYTES) throw failure('a file in it is over a gigabyte')
      if (total > most) throw failure(`its files are over ${MOST_GROWTH} times as large as the zip`)
      pending.push(new Uint8Array(data))
      pendingBytes += data.length
      if (!isLast && pendingBytes < PART_BYTES) return
      parts.push(new Blob(pending))
      pending = []
      pendingBytes = 0
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  unzip.register(UnzipPassThrough)
  const head = new Uint8Array(await zip.slice(0, 2).arrayBuffer())
  if (head[0] !== 0x50 || head[1] !== 0x4b) throw failure('it is not a zip file')
  try {
    for (let at = 0; at < zip.size; at += CHUNK) {
      const chunk = await bytesOf(zip.slice(at, at + CHUNK))
      for (let from = 0; from < chunk.length; from += BITE)
        unzip.push(chunk.subarray(from, from + BITE), at + from + BITE >= zip.size)
    }
  } catch (error) {
    throw damaged(error)
  }
  return files
}

/** Clips of a gallery by what two browsers know them by. A clip that is not deleted takes precedence over its deleted copies. */
async function clipsByKey(gallery: Gallery): Promise<Map<string, ClipRecord>> {
  const clips = await gallery.list()
  const deleted = clips.filter(({ deletedAt }) => deletedAt !== undefined)
  const there = clips.filter(({ deletedAt }) => deletedAt === undefined)
  return new Map([...deleted, ...there].map((clip) => [keyOf(clip), clip]))
}

/**
 * Adds the clips of a backup that are not yet in the gallery, and restores those that are deleted there.
 * @param bare of the files that clips were made with
 */
export async function bringBack(
  gallery: Gallery,
  zip: Blob,
  bare: Bare,
): Promise<{ count: number; leftOut: string[] }> {
  const clips = new Map<string, Found>()
  for (const [path, parts] of await unpack(zip)) {
    const [id = '', name = ''] = path.split('/')
    const found: Found = clips.get(id) ?? { given: new Map() }
    clips.set(id, found)
    if (name === 'clip.mp4') found.mp4 = new Blob(parts, { type: 'video/mp4' })
    else if (name === 'poster') found.poster = new Blob(parts)
    else if (name === 'picture') found.picture = new Blob(parts)
    else if (name.startsWith(GIVEN)) {
      const place = Number(name.slice(GIVEN.length))
      if (place < MOST_GIVEN) found.given.set(place, new Blob(parts))
    } else if (name === 'record.json') {
      const record = await asRecord(parts)
      if (record !== undefined) found.record = record
    }
  }
  const present = await clipsByKey(gallery)
  const leftOut: string[] = []
  let count = 0
  for (const [id, found] of clips) {
    const { record, mp4, poster, picture } = found
    if (record === undefined || mp4 === undefined) {
      leftOut.push(id.slice(0, 40))
      continue
    }
    const own = present.get(keyOf(record))
    if (own?.deletedAt !== undefined) {
      await gallery.restore([own.id])
      count += 1
    } else if (own === undefined) {
      const film = {
        mp4,
        poster,
        picture: picture && (await bare(picture)),
        given: await bareGiven(givenOf(found), bare),
      }
      const { id: kept } = await gallery.keep(record.facts, film, record.madeAt)
      if (record.isStarred) await gallery.change(kept, { isStarred: true })
      count += 1
    }
  }
  return { count, leftOut }
}

/** A clip has different ids in two browsers, but the same time and seed. */
function keyOf({ madeAt, facts }: Pick<ClipRecord, 'madeAt' | 'facts'>): string {
  return `${madeAt} ${facts.seed}`
}
