import { useState, useSyncExternalStore } from 'react'
import type { CatalogueEntry } from '../../catalogue/catalogue'
import type { WriterEntry } from '../../catalogue/writers'
import type { TimeEstimate } from '../../protocol/estimate'
import { Dialog } from '../dialog'
import { useWords } from '../text/language'
import { AskFirst, type Question } from '../question'
import { cardsOf, strangersOf, type CardView } from './card-view'
import { DiskSets } from './disk-sets'
import { ModelCard } from './model-card'
import { pickFiles } from './picked'
import { DISK, type Shelf } from './shelf'
import { StorageLine } from './storage-line'
import { WeightsChoice } from './weights-choice'

export interface ModelPanelProps {
  shelf: Shelf
  entries: readonly CatalogueEntry[]
  writer: WriterEntry
  /** How long a video of a model takes here; undefined where it is not known. */
  timeOf(entry: CatalogueEntry): TimeEstimate | undefined
  /** Asks first where a video is being made, which the change would stop. */
  onSwitch(change: () => void): void
  onClose(): void
}

/** Which model makes the pictures, where it comes from, and what it may take. */
export function ModelPanel({ shelf, entries, writer, timeOf, onSwitch, onClose }: ModelPanelProps) {
  const words = useWords()
  const text = words.models
  const state = useSyncExternalStore(shelf.subscribe, shelf.get)
  const [question, setQuestion] = useState<Question>()
  const { model, choices, troubles, room, wasRefused, disk } = state

  /** What the page does with the model is seen behind the dialog; what went wrong with files, in it. */
  const use = (work: () => Promise<void>): void =>
    onSwitch(() => void work().then(() => shelf.get().troubles.has(DISK) || onClose()))

  const cardFor = (card: CardView) => (
    <ModelCard
      key={card.id}
      card={card}
      onUse={() =>
        use(() =>
          shelf.use(card.place.kind === 'bundled' ? { kind: 'bundled' } : { kind: 'stored', model: card.id }),
        )
      }
      onDownload={(base) => void shelf.download(card.id, base)}
      onPause={() => shelf.pause(card.id)}
      onAddExtras={() => void shelf.addExtras(card.id)}
      onCheck={() => void shelf.check(card.id)}
      onDelete={() =>
        setQuestion({
          title: text.deleteTitle(card.name),
          text: card.isInUse ? text.deleteInUseText : text.deleteText,
          yes: text.delete,
          no: text.keep,
          onYes: () =>
            card.isInUse ? onSwitch(() => void shelf.remove(card.id)) : void shelf.remove(card.id),
        })
      }
    />
  )

  return (
    <Dialog title={text.title} onClose={onClose}>
      <ul className="models">
        {cardsOf(entries, state, words, timeOf).map(cardFor)}
        {strangersOf([...entries, writer], state).map(({ id, bytes, problem }) => (
          <li key={id} className="model">
            <div className="model-text">
              <h3>{id}</h3>
              <p className="model-about">{text.stranger}</p>
              <p className="hint">{[text.places.stored, words.bytes(bytes)].join(' · ')}</p>
            </div>
            <div className="model-actions">
              <button
                type="button"
                className="primary quiet"
                aria-label={text.deleteOf(id)}
                onClick={() =>
                  setQuestion({
                    title: text.deleteTitle(id),
                    text: text.deleteStrangerText,
                    yes: text.delete,
                    no: text.keep,
                    onYes: () => void shelf.remove(id),
                  })
                }
              >
                {text.delete}
              </button>
            </div>
            {(troubles.get(id) ?? problem) !== undefined && (
              <p className="line error model-more" role="alert" lang="en">
                {troubles.get(id) ?? problem}
              </p>
            )}
          </li>
        ))}
      </ul>
      <DiskSets
        sets={disk}
        inUse={model?.kind === 'disk' ? model.key : undefined}
        trouble={troubles.get(DISK)}
        onPick={() => {
          const picked = pickFiles() // in the press itself, or the browser refuses
          void picked.then(
            ({ files }) => files.length > 0 && use(() => shelf.useFiles(picked)),
            () => void shelf.useFiles(picked),
          )
        }}
        onUse={(key) => use(() => shelf.use({ kind: 'disk', key }))}
        onForget={(key) => void shelf.forget(key)}
      />
      <section className="sheet-section" aria-labelledby="writer">
        <h3 id="writer">{text.writer.title}</h3>
        <ul className="models">{cardsOf([writer], state, words).map(cardFor)}</ul>
      </section>
      <section className="sheet-section" aria-labelledby="weights">
        <h3 id="weights">{text.memoryTitle}</h3>
        <WeightsChoice choices={choices} onChange={(next) => onSwitch(() => void shelf.choose(next))} />
      </section>
      <StorageLine room={room} wasRefused={wasRefused} onPersist={() => void shelf.persist()} />
      <p className="visually-hidden" aria-live="polite">
        {state.said}
      </p>
      {question !== undefined && <AskFirst question={question} onClose={() => setQuestion(undefined)} />}
    </Dialog>
  )
}
