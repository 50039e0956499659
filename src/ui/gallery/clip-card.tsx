import { useEffect, useState } from 'react'
import type { ClipRecord } from '../../protocol/gallery'
import { filmSize } from '../../protocol/settings'
import { useReducedMotion } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

export interface ClipCardProps {
  studio: Studio
  clip: ClipRecord
  isSelecting: boolean
  isSelected: boolean
  onOpen(): void
  onToggle(): void
}

/** The film itself, while one is near; the still lies below it until it plays. */
function Moving({ studio, id }: { studio: Studio; id: string }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    let isOver = false
    studio.clips.url(id).then(
      (found) => isOver || setUrl(found),
      () => undefined, // the still stays
    )
    return () => {
      isOver = true
    }
  }, [studio, id])
  return url === undefined ? null : <video src={url} autoPlay loop muted playsInline aria-hidden="true" />
}

export function ClipCard({ studio, clip, isSelecting, isSelected, onOpen, onToggle }: ClipCardProps) {
  const words = useWords()
  const isStill = useReducedMotion()
  const [isNear, setNear] = useState(false)
  const { id, facts, isStarred } = clip
  const film = filmSize(facts)
  const poster = studio.clips.posterUrl(clip)
  return (
    <li className="clip" data-selected={isSelected}>
      <button
        type="button"
        className="clip-picture"
        aria-label={isSelecting ? words.gallery.selectOne(facts.prompt) : words.gallery.open(facts.prompt)}
        aria-pressed={isSelecting ? isSelected : undefined}
        onClick={isSelecting ? onToggle : onOpen}
        onPointerEnter={() => setNear(true)}
        onPointerLeave={() => setNear(false)}
        onFocus={() => setNear(true)}
        onBlur={() => setNear(false)}
      >
        {poster !== undefined && <img src={poster} alt="" />}
        {isNear && !isStill && <Moving studio={studio} id={id} />}
        {isSelecting && (
          <span className="tick" aria-hidden="true">
            {isSelected ? '✓' : ''}
          </span>
        )}
      </button>
      <div className="clip-text">
        <p className="clip-prompt" dir="auto">
          {facts.prompt}
        </p>
        <button
          type="button"
          className="star"
          aria-pressed={isStarred}
          aria-label={words.clip.star}
          onClick={() => void studio.clips.star(id, !isStarred)}
        >
          <span aria-hidden="true">{isStarred ? '★' : '☆'}</span>
        </button>
      </div>
      <p className="hint">
        {film.width} × {film.height} · {words.queue.seed(String(facts.seed))}
      </p>
    </li>
  )
}
