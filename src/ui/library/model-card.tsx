import { useId } from 'react'
import type { Words } from '../text/en'
import { useWords } from '../text/language'
import { percentOf } from '../words'
import { AddressForm } from './address-form'
import type { CardView, Place } from './card-view'

export interface CardActions {
  onUse(): void
  /** From the catalogue's addresses, or from a base of one's own. */
  onDownload(base?: string): void
  onPause(): void
  onAddExtras(): void
  /** Reads back what is stored. */
  onCheck(): void
  onDelete(): void
}

function transferWords(
  { models, bytes, pace }: Words,
  place: Extract<Place, { kind: 'downloading' | 'paused' }>,
): string {
  if (place.kind === 'paused') return models.paused(percentOf(place), bytes(place.totalBytes))
  if (place.isWaiting) return models.waiting
  if (place.waiting !== undefined) return models.stalled(percentOf(place))
  return place.totalBytes > 0 && place.doneBytes === place.totalBytes ? models.checking : pace(place)
}

function DownloadProgress({
  name,
  place,
}: {
  name: string
  place: Extract<Place, { kind: 'downloading' | 'paused' }>
}) {
  const texts = useWords()
  const words = transferWords(texts, place)
  return (
    <div className="model-progress">
      <div
        className="bar"
        role="progressbar"
        aria-label={texts.models.progress(name)}
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
      {place.kind === 'downloading' && place.waiting !== undefined && (
        <p className="line" role="status">
          <span lang="en">{place.waiting}</span> {texts.models.stalledHint}
        </p>
      )}
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
  { models }: Words,
  { place, isInUse, isWriter }: CardView,
  { onUse, onDownload, onPause }: CardActions,
): Action | undefined {
  switch (place.kind) {
    case 'bundled':
    case 'stored':
      return isInUse || isWriter ? undefined : { label: models.use, act: onUse }
    case 'absent':
      return { label: models.download, act: () => onDownload() }
    case 'paused':
      return { label: models.resume, act: () => onDownload() }
    case 'downloading':
      return { label: models.pause, isQuiet: true, act: onPause }
  }
}

function Buttons({ card, heading, actions }: { card: CardView; heading: string; actions: CardActions }) {
  const { kind } = card.place
  const words = useWords()
  const next = nextAction(words, card, actions)
  return (
    <div className="model-actions">
      {next === undefined ? (
        <span className="badge">{card.isWriter ? words.models.writer.ready : words.models.inUse}</span>
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
          {words.models.delete}
        </button>
      )}
    </div>
  )
}

/** Files that make the model better or faster, for who wants them. */
function Extras({ card, onAdd }: { card: CardView; onAdd(): void }) {
  const { models } = useWords()
  return card.extras.map(({ title, about, size, isHere }) => (
    <p key={title} className="line model-more">
      {about}{' '}
      {isHere ? (
        <span className="hint">{models.extraHere(title)}</span>
      ) : (
        <button type="button" className="quiet-link" onClick={onAdd}>
          {models.addExtra(title, size)}
        </button>
      )}
    </p>
  ))
}

/** For who wants to know more: the files, where they come from, and how to get them elsewhere. */
function Details({
  card,
  onDownload,
  onCheck,
}: Pick<CardActions, 'onDownload' | 'onCheck'> & { card: CardView }) {
  const { models, bytes: formatBytes } = useWords()
  const { files, thanks, place } = card
  const isFetched = place.kind === 'absent' || place.kind === 'paused'
  return (
    <details className="facts model-more">
      <summary>{models.filesAndSources}</summary>
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
      {place.kind === 'stored' && (
        <p className="line">
          <button type="button" className="quiet-link" onClick={onCheck}>
            {models.check}
          </button>{' '}
          <span className="hint">{models.checkHint}</span>
        </p>
      )}
    </details>
  )
}

export function ModelCard({ card, ...actions }: CardActions & { card: CardView }) {
  const { name, about, facts, files, place, error, sample } = card
  const { models } = useWords()
  const heading = useId()
  const where =
    place.kind === 'bundled' || place.kind === 'stored' || place.kind === 'absent'
      ? [models.places[place.kind]]
      : []
  return (
    <li className="model" data-used={card.isInUse}>
      <div className="model-text">
        {sample !== undefined && <img className="model-sample" src={sample} alt="" loading="lazy" />}
        <h3 id={heading}>{name}</h3>
        {card.isRecommended && place.kind === 'absent' && <p className="badge start">{models.recommended}</p>}
        <p className="model-about">{about}</p>
        <p className="hint">{[...where, ...facts].join(' · ')}</p>
      </div>
      <Buttons card={card} heading={heading} actions={actions} />
      {(place.kind === 'downloading' || place.kind === 'paused') && (
        <DownloadProgress name={name} place={place} />
      )}
      {card.doubt !== undefined && <p className="line model-more">{card.doubt}</p>}
      {error !== undefined && (
        <p className="line error model-more" role="alert" lang="en">
          {error}
        </p>
      )}
      {place.kind === 'stored' && <Extras card={card} onAdd={actions.onAddExtras} />}
      {files.length > 0 && <Details card={card} onDownload={actions.onDownload} onCheck={actions.onCheck} />}
    </li>
  )
}
