import { catalogueEntry } from '../../catalogue/catalogue'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The looks that come with the model in use, as far as they are not in the library yet. */
export function BundledLoras({ studio: { loras: library, session } }: { studio: Studio }) {
  const { loras: text } = useWords()
  const { engine } = useStore(session)
  const { loras, isAdding } = useStore(library)
  const offered = (catalogueEntry(engine?.model.id ?? '')?.loras ?? []).filter(({ path }) =>
    loras.every(({ name }) => name !== nameOf(path)),
  )
  return offered.map(({ title, path }) => (
    <p key={path}>
      <button
        type="button"
        className="quiet-link"
        disabled={isAdding}
        onClick={() => void library.fetch(nameOf(path), new URL(path, document.baseURI).href)}
      >
        {text.addBundled(text.titles[title] ?? title)}
      </button>
    </p>
  ))
}
