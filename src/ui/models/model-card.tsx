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
const PLACE_WORDS: Partial<Record<Place['kind'], string>> = { bundled: 'Comes with this page', stored: 'In this browser', absent: 'Not here yet' }

function transferWords(place: Extract<Place, { kind: 'downloading' | 'paused' }>): string {
  if (place.kind === 'paused') return `Paused at ${percentOf(place)} % of ${formatBytes(place.totalBytes)}`
  return place.isWaiting ? 'Waiting to begin' : formatPace(place)
}

function Transfer({ name, place }: { name: string; place: Extract<Place, { kind: 'downloading' | 'paused' }> }) {
  const words = transferWords(place)
  return (
    <div className="model-progress">
      <div className="bar" role="progressbar" aria-label={`Download of ${name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percentOf(place)} aria-valuetext={words}>
        <span className="bar-stage" data-active={place.kind === 'downloading'}>
          <span style={{ transform: `scaleX(${place.totalBytes > 0 ? place.doneBytes / place.totalBytes : 0})` }} />
        </span>
      </div>
      <p className="numbers">{words}</p>
    </div>
  )
}

/** The one thing that makes sense next, and what may be done beside it. */
function Buttons({ card, heading, onUse, onDownload, onPause, onDelete }: CardActions & { card: CardView; heading: string }) {
  const { place, isInUse } = card
  const button = (label: string, onClick: () => void, isQuiet = false) => (
    <button type="button" className={isQuiet ? 'primary quiet' : 'primary'} aria-describedby={heading} onClick={onClick}>
      {label}
    </button>
  )
  return (
    <div className="model-actions">
      {(place.kind === 'bundled' || place.kind === 'stored') && (isInUse ? <span className="badge">In use</span> : button('Use', onUse))}
      {place.kind === 'absent' && button('Download', () => onDownload())}
      {place.kind === 'paused' && button('Resume', () => onDownload())}
      {place.kind === 'downloading' && button('Pause', onPause, true)}
      {(place.kind === 'stored' || place.kind === 'paused') && button('Delete', onDelete, true)}
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
      <Buttons card={card} heading={heading} {...actions} />
      {(place.kind === 'downloading' || place.kind === 'paused') && <Transfer name={name} place={place} />}
      {trouble !== undefined && (
        <p className="line error model-more" role="alert">
          {trouble}
        </p>
      )}
      {files.length > 0 && <Details card={card} onDownload={actions.onDownload} />}
    </li>
  )
}
