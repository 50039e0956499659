import { useSyncExternalStore } from 'react'
import type { CatalogueEntry } from '../../catalogue/catalogue'
import { useWords } from '../text/language'
import { percentOf } from '../words'
import type { ModelLibrary } from './model-library'

/** Opens the models; says which one is in use, and how far a download is. */
export function ModelRow({
  library,
  entries,
  title,
  onOpen,
}: {
  library: ModelLibrary
  entries: readonly CatalogueEntry[]
  title: string
  onOpen(): void
}) {
  const { model, models } = useWords()
  const { downloads, installed } = useSyncExternalStore(library.subscribe, library.get)
  const coming = entries.flatMap(({ id, title: name }) => {
    const download = downloads.get(id)
    if (download !== undefined) return [`${name}: ${percentOf(download)} %`]
    return installed.get(id)?.isWhole === false ? [models.waits(name)] : []
  })
  return (
    <button type="button" className="row" aria-haspopup="dialog" onClick={onOpen}>
      {model.label}
      <span className="hint">{[title, ...coming].join(' · ')}</span>
    </button>
  )
}
