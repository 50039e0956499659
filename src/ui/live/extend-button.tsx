import type { ClipFacts } from '../../protocol/gallery'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Goes on from the film that was made last, where it is the one that is shown. */
export function ExtendButton({ studio, facts }: { studio: Studio; facts: ClipFacts }) {
  const words = useWords()
  const { film, engine, job } = useStore(studio.session)
  const isLast =
    facts.live !== undefined &&
    film !== undefined &&
    film.film.seed === facts.seed &&
    film.film.frames === facts.numFrames
  if (!isLast || engine?.model.live === undefined || engine.model.id !== facts.model) return null
  return (
    <button
      type="button"
      className="primary quiet"
      disabled={job !== undefined}
      onClick={() => void studio.live.extend()}
    >
      {words.live.extend}
    </button>
  )
}
