import { useWords } from '../text/language'
import type { Studio } from '../studio/studio'
import { ClipActions } from '../studio/clip-actions'
import { ExtendButton } from '../live/extend-button'
import { Facts } from './facts'
import type { ShownClip } from './shown-clip'

/** What the clip is, and the ways to keep it and to go on from it. */
export function Caption({ clip, studio }: { clip: ShownClip; studio: Studio }) {
  const words = useWords()
  const { facts, record } = clip
  return (
    <section className="caption" aria-label={words.clip.result}>
      <div className="caption-head">
        <p className="caption-prompt" dir="auto">
          {facts.prompt}
        </p>
        <ExtendButton studio={studio} facts={facts} />
        <a className="primary" href={clip.url} download={clip.fileName}>
          {words.clip.download}
        </a>
      </div>
      {facts.notes.map((note) => (
        <p key={note} className="line" lang="en">
          {note}
        </p>
      ))}
      <ClipActions studio={studio} facts={facts} record={record} isShort />
      <details className="facts">
        <summary>{words.clip.madeIn(words.duration(facts.seconds), facts.seed)}</summary>
        <Facts facts={facts} record={record} />
      </details>
    </section>
  )
}
