import { useSyncExternalStore } from 'react'
import type { CatalogueEntry } from '../../catalogue/catalogue'
import { percentOf } from '../words'
import type { Shelf } from './shelf'

/** Opens the models; says which one is in use, and how far a download is. */
export function ModelRow({
  shelf,
  entries,
  title,
  onOpen,
}: {
  shelf: Shelf
  entries: readonly CatalogueEntry[]
  title: string
  onOpen(): void
}) {
  const { transfers } = useSyncExternalStore(shelf.subscribe, shelf.get)
  const coming = entries.flatMap(({ id, title: name }) => {
    const transfer = transfers.get(id)
    return transfer === undefined ? [] : [`${name}: ${percentOf(transfer)} %`]
  })
  return (
    <button type="button" className="row" aria-haspopup="dialog" onClick={onOpen}>
      Model
      <span className="hint">{[title, ...coming].join(' · ')}</span>
    </button>
  )
}
