import { useId } from 'react'
import { formatBytes, formatPace, percentOf } from '../words'
import { AddressForm } from './address-form'
import type { CardView, Place } from './card-view'

export interface CardActions {
  onUse(): void
  /** From the catalogue's addresses, or from a base of one's own. */
  onDownload(base?: string): void
  onPause(): void
  onDelete(): void
}

/** Where the model is; of one on its way the bar says it. */
const PLACE_WORDS: Partial<Record<Place['kind'], string>> = {
  bundled: 'Comes with this page',
  stored: 'In this browser',
  absent: 'Not here yet',
}

function transferWords(place: Extract<Place, { kind: 'downloading' | 'paused' }>): string {
  if (place.kind === 'paused') return `Paused at ${percentOf(place)} % of ${formatBytes(place.totalBytes)}`
  return place.isWaiting ? 'Waiting to begin' : formatPace(place)
}

function Transfer({
  name,
  place,
}: {
  name: string
  place: Extract<Place, { kind: 'downloading' | 'paused' }>
}) {
  const words = transferWords(place)
  return (
    <div className="model-progress">
      <div
        className="bar"
        role="progressbar"
        aria-label={`Download of ${name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percentOf(place)}
        aria-valuetext={words}
      >
        <span className="bar-stage" data-active={place.kind === 'downloading'}>
          <span
            style={{ transform: `scaleX(${place.totalBytes > 0 ? place.doneBytes / place.totalBytes : 0})` }}
          />
        </span>
      </div>
      <p className="numbers">{words}</p>
    </div>
  )
}

interface Action {
  label: string
  isQuiet?: boolean
  act(): void
}

/** The one thing that makes sense next; none for the model in use. */
function nextAction(
  { place, isInUse }: CardView,
  { onUse, onDownload, onPause }: CardActions,
): Action | undefined {
  switch (place.kind) {
    case 'bundled':
    case 'stored':
      return isInUse ? undefined : { label: 'Use', act: onUse }
    case 'absent':
      return { label: 'Download', act: () => onDownload() }
    case 'paused':
      return { label: 'Resume', act: () => onDownload() }
    case 'downloading':
      return { label: 'Pause', isQuiet: true, act: onPause }
  }
}

function Buttons({ card, heading, actions }: { card: CardView; heading: string; actions: CardActions }) {
  const { kind } = card.place
  const next = nextAction(card, actions)
  return (
    <div className="model-actions">
      {next === undefined ? (
        <span className="badge">In use</span>
      ) : (
        // One button that changes its word: the keyboard's focus stays on it.
        <button
          type="button"
          className={next.isQuiet === true ? 'primary quiet' : 'primary'}
          aria-describedby={heading}
          onClick={next.act}
        >
          {next.label}
        </button>
      )}
      {(kind === 'stored' || kind === 'paused') && (
        <button type="button" className="primary quiet" aria-describedby={heading} onClick={actions.onDelete}>
          Delete
        </button>
      )}
    </div>
  )
}

/** For who wants to know more: the files, where they come from, and how to get them elsewhere. */
function Details({ card, onDownload }: { card: CardView; onDownload(base: string): void }) {
  const { files, thanks, place } = card
  const isFetched = place.kind === 'absent' || place.kind === 'paused'
  return (
    <details className="facts model-more">
      <summary>Files and sources</summary>
      <p className="line">{thanks}</p>
      <dl>
        {files.map(({ name, repository, bytes }) => (
          <div key={name}>
            <dt>
              {name}
              <span className="hint">{repository}</span>
            </dt>
            <dd>{formatBytes(bytes)}</dd>
          </div>
        ))}
      </dl>
      {isFetched && <AddressForm onDownload={onDownload} />}
    </details>
  )
}

export function ModelCard({ card, ...actions }: CardActions & { card: CardView }) {
  const { name, about, facts, files, place, trouble } = card
  const heading = useId()
  return (
    <li className="model" data-used={card.isInUse}>
      <div className="model-text">
        <h3 id={heading}>{name}</h3>
        <p className="model-about">{about}</p>
        <p className="hint">{[PLACE_WORDS[place.kind] ?? [], facts].flat().join(' · ')}</p>
      </div>
      <Buttons card={card} heading={heading} actions={actions} />
      {(place.kind === 'downloading' || place.kind === 'paused') && <Transfer name={name} place={place} />}
      {card.doubt !== undefined && <p className="line model-more">{card.doubt}</p>}
      {trouble !== undefined && (
        <p className="line error model-more" role="alert">
          {trouble}
        </p>
      )}
      {files.length > 0 && <Details card={card} onDownload={actions.onDownload} />}
    </li>
  )
}
