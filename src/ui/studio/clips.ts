// The gallery as the page sees it: records in memory, files by need. Without React.
import { toFailure, ZoetropeError } from '../../protocol/errors'
import {
  lasts,
  type ClipFacts,
  type ClipRecord,
  type ExportFormat,
  type GalleryPlace,
} from '../../protocol/gallery'
import type { StudioInput } from './studio-input'
import type { Beside, LongWork, StudioClient } from '../../worker/studio-client'
import { createStore, type Store } from '../store'
import type { Place } from './form-pictures'
import { givenAgain, wholeInput, type GivenAgain } from './given'
import { settingsToReuse } from './settings-of'

export interface ClipsState {
  /** Of this browser, the newest first, without the deleted ones. */
  clips: readonly ClipRecord[]
  place: GalleryPlace
  isLoaded: boolean
  /** What can be undone now. */
  deleted: readonly string[]
  /** A sentence. */
  error: string | undefined
}

export interface Clips extends Pick<Store<ClipsState>, 'get' | 'subscribe'> {
  start(): Promise<void>
  /** Undefined where it could not be kept at all. */
  keep(facts: ClipFacts, mp4: Uint8Array, beside?: Beside): Promise<ClipRecord | undefined>
  /** An address of the file, for a player. It stays good as long as the page is open. */
  url(id: string): Promise<string>
  file(id: string): Promise<Blob>
  /** What made the clip: its settings, its files, and its LoRAs. @throws ZoetropeError that names missing files */
  input(record: ClipRecord): Promise<StudioInput>
  /** What it was made with beside its settings and LoRAs, as far as it is here. */
  given(record: ClipRecord): Promise<GivenAgain>
  /** A picture that some clip began or ended with; undefined where none that is kept has that hash. */
  pictureOf(sha256: string, place: Place): Promise<Blob | undefined>
  /** The clip whose end is kept and has that hash. */
  endingWith(sha256: string): ClipRecord | undefined
  posterUrl(record: ClipRecord): string | undefined
  star(id: string, isStarred: boolean): Promise<void>
  /** Whether they are deleted. */
  remove(ids: readonly string[]): Promise<boolean>
  undo(): Promise<void>
  export(
    id: string,
    format: ExportFormat,
    seconds: number | undefined,
    work?: LongWork,
  ): Promise<{ file: Blob; ending: string }>
  /** Every clip in one file, and how many had to be left out. */
  backup(work?: LongWork): Promise<{ file: Blob; leftOut: number }>
  import(file: Blob): Promise<{ count: number; leftOut: string[] }>
  erase(): Promise<void>
  /** Takes over films whose making was cut short, and counts them. */
  rescue(): Promise<number>
}

/** Whether closing the tab would lose a clip. */
export function hasUnsaved({ clips, place }: Pick<ClipsState, 'clips' | 'place'>): boolean {
  return clips.some((clip) => !lasts(clip, place))
}

/** How long a deletion can be undone after the page was closed. */
const UNDO_MS = 24 * 3600 * 1000
/** Players of a page share these; the oldest go first. */
const MOST_URLS = 12

export function createClips(studio: StudioClient, now: () => number = Date.now): Clips {
  const store = createStore<ClipsState>({
    clips: [],
    place: 'disk',
    isLoaded: false,
    deleted: [],
    error: undefined,
  })
  const urls = new Map<string, string>()
  const posters = new Map<string, string>()

  const look = async (): Promise<void> => {
    const { clips, place } = await studio.list()
    store.set({ clips: clips.filter(({ deletedAt }) => deletedAt === undefined), place, isLoaded: true })
  }
  const endingWith = (sha256: string): ClipRecord | undefined =>
    store.get().clips.find(({ end }) => end?.sha256 === sha256)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      store.set({ error: undefined })
    } catch (error) {
      store.set({ error: toFailure(error).message })
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    async start() {
      await attempt(async () => {
        await studio.purge(now() - UNDO_MS)
        await look()
      })
      store.set({ isLoaded: true })
    },
    async keep(facts, mp4, beside) {
      let kept: ClipRecord | undefined
      await attempt(async () => {
        const { clip, place } = await studio.keep(facts, new Uint8Array(mp4), beside)
        kept = clip
        store.set({ clips: [clip, ...store.get().clips], place })
      })
      return kept
    },
    async url(id) {
      const known = urls.get(id)
      if (known !== undefined) return known
      const url = URL.createObjectURL(await studio.file(id))
      urls.set(id, url)
      for (const [old, address] of urls) {
        if (urls.size <= MOST_URLS) break
        urls.delete(old)
        URL.revokeObjectURL(address)
      }
      return url
    },
    file: (id) => studio.file(id),
    async given(record) {
      const { id, facts, hasPicture = false, given = [] } = record
      const { continuesSha256 } = facts
      return givenAgain(record, {
        picture: hasPicture ? await studio.picture(id) : undefined,
        files: given.length > 0 ? await studio.given(id) : [],
        continued: continuesSha256 === undefined ? undefined : endingWith(continuesSha256),
      })
    },
    async input(record) {
      const { facts } = record
      const { continuesSha256 } = facts
      if (continuesSha256 !== undefined && !endingWith(continuesSha256))
        throw new ZoetropeError(
          'storage-failed',
          'The last frame of the clip that this one continues is no longer kept. Continue another clip, or begin with a picture.',
        )
      return {
        ...settingsToReuse(facts),
        ...wholeInput(await this.given(record)),
        ...(facts.loras && { loras: facts.loras }),
      }
    },
    async pictureOf(sha256, place) {
      const { clips } = store.get()
      if (place === 'first') {
        const clip = clips.find(({ facts, hasPicture }) => hasPicture && facts.imageSha256 === sha256)
        return clip && studio.picture(clip.id)
      }
      const clip = clips.find(
        ({ facts, given = [] }) =>
          facts.lastImageSha256 === sha256 && given.some(({ role }) => role === 'last-picture'),
      )
      const files = clip ? await studio.given(clip.id) : []
      return files.find(({ role }) => role === 'last-picture')?.file
    },
    endingWith,
    posterUrl({ id, poster }) {
      if (poster === undefined) return undefined
      const url = posters.get(id) ?? URL.createObjectURL(poster)
      posters.set(id, url)
      return url
    },
    star: (id, isStarred) =>
      attempt(async () => {
        store.set({
          clips: store.get().clips.map((clip) => (clip.id === id ? { ...clip, isStarred } : clip)),
        })
        await studio.star(id, isStarred)
      }),
    async remove(ids) {
      const gone = new Set(ids)
      store.set({ clips: store.get().clips.filter(({ id }) => !gone.has(id)), deleted: [...ids] })
      await attempt(() => studio.remove(ids))
      const isDone = store.get().error === undefined
      if (!isDone) await look().catch(() => undefined)
      return isDone
    },
    undo: () =>
      attempt(async () => {
        const { deleted } = store.get()
        store.set({ deleted: [] })
        await studio.restore(deleted)
        await look()
      }),
    export: (id, format, seconds, work) => studio.export(id, format, seconds, work),
    backup: (work) => studio.backup(work),
    async import(file) {
      const answer = await studio.import(file)
      await look()
      return answer
    },
    async rescue() {
      let count = 0
      await attempt(async () => {
        count = await studio.rescue()
        if (count > 0) await look()
      })
      return count
    },
    async erase() {
      await studio.erase()
      store.set({ clips: [], deleted: [] })
    },
  }
}
