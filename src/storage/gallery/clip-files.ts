// Stores the files of clips: a folder for each clip in the origin private file system, or the tab's memory.
import type { ClipRecord, GalleryPlace, GivenFile } from '../../protocol/gallery'

/** A clip's record, stored beside it so that the index can be rebuilt. */
export type StoredRecord = Omit<ClipRecord, 'poster'>

/** The files of a clip. */
export interface Film {
  readonly mp4: Blob
  readonly poster?: Blob | undefined
  /** That the clip began with. */
  readonly picture?: Blob | undefined
  /** Other files that it was made with. */
  readonly given?: readonly GivenFile[] | undefined
  /** A safetensors file. */
  readonly latents?: Blob | undefined
}

export interface ClipFiles {
  readonly place: GalleryPlace
  ids(): Promise<string[]>
  write(record: StoredRecord, film: Film): Promise<void>
  writeRecord(record: StoredRecord): Promise<void>
  /** Undefined where it is missing or damaged. */
  record(id: string): Promise<StoredRecord | undefined>
  mp4(id: string): Promise<Blob | undefined>
  poster(id: string): Promise<Blob | undefined>
  picture(id: string): Promise<Blob | undefined>
  /** A file that the clip was made with, by its place in the record. */
  given(id: string, place: number): Promise<Blob | undefined>
  writeGiven(id: string, place: number, file: Blob): Promise<void>
  removeGiven(id: string, place: number): Promise<void>
  latents(id: string): Promise<Blob | undefined>
  writeLatents(id: string, latents: Blob): Promise<void>
  removeLatents(id: string): Promise<void>
  remove(id: string): Promise<void>
}

/** Keeps clips until the tab is closed, for browsers without storage. */
export function clipsInMemory(): ClipFiles {
  const clips = new Map<string, { record: StoredRecord; film: Film }>()
  const given = new Map<string, Blob>()
  const keyOf = (id: string, place: number): string => `${id} ${place}`
  return {
    place: 'memory',
    ids: async () => [...clips.keys()],
    write: async (record, { latents: _latents, given: _given, ...film }) =>
      void clips.set(record.id, { record, film }),
    async writeRecord(record) {
      const clip = clips.get(record.id)
      if (clip !== undefined) clips.set(record.id, { ...clip, record })
    },
    record: async (id) => clips.get(id)?.record,
    mp4: async (id) => clips.get(id)?.film.mp4,
    poster: async (id) => clips.get(id)?.film.poster,
    picture: async (id) => clips.get(id)?.film.picture,
    given: async (id, place) => given.get(keyOf(id, place)),
    writeGiven: async (id, place, file) => void given.set(keyOf(id, place), file),
    removeGiven: async (id, place) => void given.delete(keyOf(id, place)),
    latents: async (id) => clips.get(id)?.film.latents,
    async writeLatents(id, latents) {
      const clip = clips.get(id)
      if (clip !== undefined) clips.set(id, { ...clip, film: { ...clip.film, latents } })
    },
    async removeLatents(id) {
      const clip = clips.get(id)
      if (clip !== undefined) clips.set(id, { ...clip, film: { ...clip.film, latents: undefined } })
    },
    async remove(id) {
      for (const place of clips.get(id)?.record.given?.keys() ?? []) given.delete(keyOf(id, place))
      clips.delete(id)
    },
  }
}
