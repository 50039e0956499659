import { useSyncExternalStore } from 'react'
import type { CatalogueEntry } from '../../catalogue/catalogue'
import { useWords } from '../text/language'
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
  const { model, models } = useWords()
  const { transfers, holdings } = useSyncExternalStore(shelf.subscribe, shelf.get)
  const coming = entries.flatMap(({ id, title: name }) => {
    const transfer = transfers.get(id)
    if (transfer !== undefined) return [`${name}: ${percentOf(transfer)} %`]
    return holdings.get(id)?.isWhole === false ? [models.waits(name)] : []
  })
  return (
    <button type="button" className="row" aria-haspopup="dialog" onClick={onOpen}>
      {model.label}
      <span className="hint">{[title, ...coming].join(' · ')}</span>
    </button>
  )
}
