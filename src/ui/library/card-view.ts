// What a card says of a model, worked out from what is known: no React, no clock.
import { nameOf, totalBytes, type CatalogueEntry } from '../../catalogue/catalogue'
import { formatBytes } from '../words'
import type { ShelfState, Transfer } from './shelf'

export type Place =
  | { kind: 'bundled' }
  | { kind: 'stored' }
  | ({ kind: 'downloading' } & Transfer)
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
  place: Place
  isInUse: boolean
  /** Why it may not work, before it is tried. */
  doubt: string | undefined
  /** What went wrong, and what to do. */
  trouble: string | undefined
}

function placeOf({ id, folder }: CatalogueEntry, { holdings, transfers }: ShelfState): Place {
  if (folder !== undefined) return { kind: 'bundled' }
  const transfer = transfers.get(id)
  if (transfer !== undefined) return { kind: 'downloading', ...transfer }
  const holding = holdings.get(id)
  if (holding === undefined) return { kind: 'absent' }
  return holding.isWhole
    ? { kind: 'stored' }
    : { kind: 'paused', doneBytes: holding.doneBytes, totalBytes: holding.totalBytes }
}

function isUsed({ id, folder }: CatalogueEntry, { model }: ShelfState): boolean {
  return folder !== undefined ? model?.kind === 'bundled' : model?.kind === 'stored' && model.model === id
}

function factsOf(entry: CatalogueEntry): string[] {
  const size = entry.folder === undefined ? [`${formatBytes(totalBytes(entry))} to download`] : []
  return [...size, `needs about ${formatBytes(entry.memoryBytes)} of GPU memory`, entry.licence]
}

/** What a browser says of its free space is a hint: a download is not refused for it. */
function doubtOf(entry: CatalogueEntry, place: Place, { room }: ShelfState): string | undefined {
  if (room === undefined || (place.kind !== 'absent' && place.kind !== 'paused')) return undefined
  const missing = place.kind === 'paused' ? place.totalBytes - place.doneBytes : totalBytes(entry)
  return missing > room.freeBytes
    ? `It may not fit: ${formatBytes(missing)} are to come, and the browser has about ${formatBytes(room.freeBytes)} free.`
    : undefined
}

export function cardsOf(entries: readonly CatalogueEntry[], state: ShelfState): CardView[] {
  return entries.map((entry) => {
    const place = placeOf(entry, state)
    return {
      id: entry.id,
      name: entry.title,
      about: entry.about,
      facts: factsOf(entry),
      thanks: entry.attribution,
      files: entry.files.map((file) => ({
        name: nameOf(file),
        repository: file.repository,
        bytes: file.bytes,
      })),
      place,
      isInUse: isUsed(entry, state),
      doubt: doubtOf(entry, place, state),
      trouble: state.troubles.get(entry.id),
    }
  })
}
