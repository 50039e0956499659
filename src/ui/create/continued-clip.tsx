import { useStore } from '../hooks'
import type { Continuation } from '../studio/continuation'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** The clip that the next one goes on from, and whether that keeps its colours. */
export function ContinuedClip({ studio, continuation }: { studio: Studio; continuation: Continuation }) {
  const { picture: words } = useWords()
  const { form, clips } = studio
  const record = useStore(clips).clips.find(({ id }) => id === continuation.clip)
  const { holdsColours = false } = useStore(form)
  const poster = record && clips.posterUrl(record)
  return (
    <>
      <span className="begins-with">
        {poster !== undefined && <img src={poster} alt="" />}
        <span className="begins-with-name" dir="auto">
          {words.continues(record?.facts.prompt ?? '')}
        </span>
        <button
          type="button"
          className="reset"
          aria-label={words.notContinue}
          title={words.notContinue}
          onClick={() => form.setContinuation(undefined)}
        >
          ×
        </button>
      </span>
      <label className="switch" title={words.holdColoursAbout}>
        <input
          type="checkbox"
          checked={holdsColours}
          onChange={(event) => form.setHoldsColours(event.target.checked)}
        />
        {words.holdColours}
      </label>
    </>
  )
}
