// Stores the files of clips: a folder for each clip in the origin private file system, or the tab's memory.
import type { ClipRecord, GalleryPlace } from '../../protocol/gallery'

/** A clip's record, stored beside it so that the index can be rebuilt. */
export type StoredRecord = Omit<ClipRecord, 'poster'>

/** Files that belong to a clip for as long as it is there. */
export interface Film {
  readonly mp4: Blob
  readonly poster?: Blob | undefined
  /** That the clip began with. */
  readonly picture?: Blob | undefined
}

/** Large files, safetensors, of which only the newest clips have some. */
export type LargePart = 'latents' | 'end'

export type ClipPart = keyof Film | LargePart

export interface ClipFiles {
  readonly place: GalleryPlace
  ids(): Promise<string[]>
  write(record: StoredRecord, film: Film): Promise<void>
  writeRecord(record: StoredRecord): Promise<void>
  /** Undefined where it is missing or damaged. */
  record(id: string): Promise<StoredRecord | undefined>
  read(id: string, part: ClipPart): Promise<Blob | undefined>
  /** Adds to a clip that is there. */
  add(id: string, part: LargePart, content: Blob): Promise<void>
  drop(id: string, part: LargePart): Promise<void>
  /** A file that the clip was made with, by its place in the record. */
  given(id: string, place: number): Promise<Blob | undefined>
  writeGiven(id: string, place: number, file: Blob): Promise<void>
  removeGiven(id: string, place: number): Promise<void>
  remove(id: string): Promise<void>
}

/** Keeps clips until the tab is closed, for browsers without storage. */
export function clipsInMemory(): ClipFiles {
  const clips = new Map<string, { record: StoredRecord; parts: { [part in ClipPart]?: Blob | undefined } }>()
  const given = new Map<string, Blob>()
  const keyOf = (id: string, place: number): string => `${id} ${place}`
  const put = (id: string, part: LargePart, content: Blob | undefined): void => {
    const clip = clips.get(id)
    if (clip !== undefined) clip.parts[part] = content
  }
  return {
    place: 'memory',
    ids: async () => [...clips.keys()],
    write: async (record, film) => void clips.set(record.id, { record, parts: { ...film } }),
    async writeRecord(record) {
      const clip = clips.get(record.id)
      if (clip !== undefined) clip.record = record
    },
    record: async (id) => clips.get(id)?.record,
    read: async (id, part) => clips.get(id)?.parts[part],
    add: async (id, part, content) => put(id, part, content),
    drop: async (id, part) => put(id, part, undefined),
    given: async (id, place) => given.get(keyOf(id, place)),
    writeGiven: async (id, place, file) => void given.set(keyOf(id, place), file),
    removeGiven: async (id, place) => void given.delete(keyOf(id, place)),
    async remove(id) {
      for (const place of clips.get(id)?.record.given?.keys() ?? []) given.delete(keyOf(id, place))
      clips.delete(id)
    },
  }
}
