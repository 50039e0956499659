// What a card says of a model, worked out from what is known: no React, no clock.
import { nameOf, totalBytes, type CatalogueEntry, type Downloadable } from '../../catalogue/catalogue'
import { BEYOND_HOURS, isBeyondWaiting } from '../../estimate/verdict'
import type { TimeEstimate } from '../../protocol/estimate'
import { en, type Words } from '../text/en'
import { hasFile } from './extras'
import type { ModelLibraryState, Download } from './model-library'

/** A model that makes clips, or one that writes prompts. */
export type Shown = Downloadable &
  Pick<CatalogueEntry, 'folder' | 'isRecommended' | 'sample' | 'memoryBytes'> & { readonly dtype?: string }

export type Place =
  | { kind: 'bundled' }
  | { kind: 'stored' }
  | ({ kind: 'downloading' } & Download)
  | { kind: 'paused'; doneBytes: number; totalBytes: number }
  | { kind: 'absent' }

export interface CardView {
  id: string
  name: string
  about: string
  /** Size, memory, licence. */
  facts: string[]
  thanks: string
  files: { name: string; repository: string; bytes: number }[]
  /** What it also works with: offered where the model is here. */
  extras: { title: string; about: string; size: string; isHere: boolean }[]
  /** The address of a still that it made. */
  sample: string | undefined
  place: Place
  isInUse: boolean
  /** It writes prompts and makes no clips. */
  isWriter: boolean
  /** The one to begin with, where this machine is fast enough for it. */
  isRecommended: boolean
  /** Why it may not work, before it is tried. */
  doubt: string | undefined
  /** What went wrong, and what to do. */
  error: string | undefined
}

function placeOf({ id, folder }: Shown, { installed, downloads }: ModelLibraryState): Place {
  if (folder !== undefined) return { kind: 'bundled' }
  const transfer = downloads.get(id)
  if (transfer !== undefined) return { kind: 'downloading', ...transfer }
  const stored = installed.get(id)
  if (stored === undefined) return { kind: 'absent' }
  return stored.isWhole
    ? { kind: 'stored' }
    : { kind: 'paused', doneBytes: stored.doneBytes, totalBytes: stored.totalBytes }
}

function isUsed({ id, folder }: Shown, { model }: ModelLibraryState): boolean {
  return folder !== undefined ? model?.kind === 'bundled' : model?.kind === 'stored' && model.model === id
}

function timeWords({ models, range }: Words, time: TimeEstimate): string {
  return isBeyondWaiting(time) ? models.slowHere(BEYOND_HOURS) : models.speedHere(range(time.low, time.high))
}

function factsOf(entry: Shown, words: Words, time: TimeEstimate | undefined): string[] {
  const { models, bytes } = words
  const size = entry.folder === undefined ? [models.toDownload(bytes(totalBytes(entry)))] : []
  return [
    ...size,
    models.memory(bytes(entry.memoryBytes)),
    ...(time === undefined ? [] : [timeWords(words, time)]),
    entry.licence,
  ]
}

/** What a browser says of its free space is a hint: a download is not refused for it. */
function doubtOf(
  entry: Shown,
  place: Place,
  { quota }: ModelLibraryState,
  { models, bytes }: Words,
): string | undefined {
  if (quota === undefined || (place.kind !== 'absent' && place.kind !== 'paused')) return undefined
  const missing = place.kind === 'paused' ? place.totalBytes - place.doneBytes : totalBytes(entry)
  return missing > quota.freeBytes ? models.doubt(bytes(missing), bytes(quota.freeBytes)) : undefined
}

/** The page's own model, the one to begin with, and the others by the size of their download. */
function inOrder<Entry extends Shown>(entries: readonly Entry[]): Entry[] {
  const rank = ({ folder, isRecommended = false }: Entry): number =>
    folder !== undefined ? 0 : isRecommended ? 1 : 2
  return entries.toSorted((a, b) => rank(a) - rank(b) || totalBytes(a) - totalBytes(b))
}

export function cardsOf<Entry extends Shown>(
  entries: readonly Entry[],
  state: ModelLibraryState,
  words: Words = en,
  timeOf: (entry: Entry) => TimeEstimate | undefined = () => undefined,
): CardView[] {
  return inOrder(entries).map((entry) => {
    const place = placeOf(entry, state)
    const time = timeOf(entry)
    return {
      id: entry.id,
      name: entry.title,
      about: words.models.about[entry.id] ?? entry.about,
      facts: factsOf(entry, words, time),
      thanks: entry.attribution,
      files: entry.files.map((file) => ({
        name: nameOf(file),
        repository: file.repository,
        bytes: file.bytes,
      })),
      extras: (entry.extras ?? []).map(({ title, about, file }) => ({
        title: words.models.extras[title]?.title ?? title,
        about: words.models.extras[title]?.about ?? about,
        size: words.bytes(file.bytes),
        isHere: place.kind === 'stored' && hasFile(state.installed.get(entry.id), file),
      })),
      sample: entry.sample,
      place,
      isInUse: isUsed(entry, state),
      isWriter: entry.dtype !== undefined,
      isRecommended: entry.isRecommended === true && !isBeyondWaiting(time),
      doubt: doubtOf(entry, place, state, words),
      error: state.errors.get(entry.id) ?? state.installed.get(entry.id)?.problem,
    }
  })
}

/** Models in this browser that the catalogue does not know, or whose entry cannot be read: they take room. */
export function strangersOf(
  entries: readonly Pick<Downloadable, 'id'>[],
  { installed }: ModelLibraryState,
): { id: string; bytes: number; problem: string | undefined }[] {
  return [...installed.values()]
    .filter(({ id }) => !entries.some((entry) => entry.id === id))
    .map(({ id, doneBytes, problem }) => ({ id, bytes: doneBytes, problem }))
}
