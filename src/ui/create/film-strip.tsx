import type { ClipRecord } from '../../protocol/gallery'
import { UnsavedNote } from '../gallery/unsaved-note'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

const MOST = 8

export interface FilmStripProps {
  studio: Studio
  /** The clip on the stage. */
  shown: string | undefined
  onShow(clip: ClipRecord): void
}

/** The newest clips, always in sight: what was made does not disappear. */
export function FilmStrip({ studio, shown, onShow }: FilmStripProps) {
  const words = useWords()
  const { clips } = useStore(studio.clips)
  if (clips.length === 0) return null
  return (
    <nav className="strip" aria-label={words.clip.recent}>
      <ul>
        {clips.slice(0, MOST).map((clip) => {
          const poster = studio.clips.posterUrl(clip)
          return (
            <li key={clip.id}>
              <button
                type="button"
                className="strip-clip"
                aria-current={shown === clip.id}
                aria-label={words.clip.show(clip.facts.prompt, clip.facts.seed)}
                title={clip.facts.prompt}
                onClick={() => onShow(clip)}
              >
                {poster !== undefined && <img src={poster} alt="" />}
              </button>
            </li>
          )
        })}
      </ul>
      <a className="quiet-link" href="#/gallery">
        {words.clip.allInGallery}
      </a>
      <UnsavedNote studio={studio} />
    </nav>
  )
}
