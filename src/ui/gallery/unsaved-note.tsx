import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Names what is lost when the tab closes. */
export function UnsavedNote({ studio }: { studio: Studio }) {
  const { clip: words, bytes } = useWords()
  const { clips, place } = useStore(studio.clips)
  if (clips.length === 0) return null
  if (place === 'memory') return <p className="line">{words.inMemory}</p>
  return clips
    .filter(({ isUnsaved }) => isUnsaved)
    .map((clip) => (
      <p key={clip.id} className="line" role="status">
        {words.noRoom(clip.facts.prompt, bytes(clip.bytes))}
      </p>
    ))
}
