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
import { DISK, type ModelLibrary } from './model-library'
import { StorageLine } from './storage-line'
import { WeightsChoice } from './weights-choice'

export interface ModelPanelProps {
  library: ModelLibrary
  entries: readonly CatalogueEntry[]
  writer: WriterEntry
  /** How long a video of a model takes here; undefined where it is not known. */
  timeOf(entry: CatalogueEntry): TimeEstimate | undefined
  /** Asks first where a video is being made, which the change would stop. */
  onSwitch(change: () => void): void
  onClose(): void
}

/** Which model makes the pictures, where it comes from, and what it may take. */
export function ModelPanel({ library, entries, writer, timeOf, onSwitch, onClose }: ModelPanelProps) {
  const words = useWords()
  const text = words.models
  const state = useSyncExternalStore(library.subscribe, library.get)
  const [question, setQuestion] = useState<Question>()
  const { model, choices, errors, quota, wasRefused, disk } = state

  /** What the page does with the model is seen behind the dialog; what went wrong with files, in it. */
  const use = (work: () => Promise<void>): void =>
    onSwitch(() => void work().then(() => library.get().errors.has(DISK) || onClose()))

  const cardFor = (card: CardView) => (
    <ModelCard
      key={card.id}
      card={card}
      onUse={() =>
        use(() =>
          library.use(
            card.place.kind === 'bundled' ? { kind: 'bundled' } : { kind: 'stored', model: card.id },
          ),
        )
      }
      onDownload={(base) => void library.download(card.id, base)}
      onPause={() => library.pause(card.id)}
      onAddExtras={() => void library.addExtras(card.id)}
      onCheck={() => void library.check(card.id)}
      onDelete={() =>
        setQuestion({
          title: text.deleteTitle(card.name),
          text: card.isInUse ? text.deleteInUseText : text.deleteText,
          yes: text.delete,
          no: text.keep,
          onYes: () =>
            card.isInUse ? onSwitch(() => void library.remove(card.id)) : void library.remove(card.id),
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
                    onYes: () => void library.remove(id),
                  })
                }
              >
                {text.delete}
              </button>
            </div>
            {(errors.get(id) ?? problem) !== undefined && (
              <p className="line error model-more" role="alert" lang="en">
                {errors.get(id) ?? problem}
              </p>
            )}
          </li>
        ))}
      </ul>
      <DiskSets
        sets={disk}
        inUse={model?.kind === 'disk' ? model.key : undefined}
        error={errors.get(DISK)}
        onPick={() => {
          const picked = pickFiles() // in the press itself, or the browser refuses
          void picked.then(
            ({ files }) => files.length > 0 && use(() => library.useFiles(picked)),
            () => void library.useFiles(picked),
          )
        }}
        onUse={(key) => use(() => library.use({ kind: 'disk', key }))}
        onForget={(key) => void library.forget(key)}
      />
      <section className="sheet-section" aria-labelledby="writer">
        <h3 id="writer">{text.writer.title}</h3>
        <ul className="models">{cardsOf([writer], state, words).map(cardFor)}</ul>
      </section>
      <section className="sheet-section" aria-labelledby="weights">
        <h3 id="weights">{text.memoryTitle}</h3>
        <WeightsChoice choices={choices} onChange={(next) => onSwitch(() => void library.choose(next))} />
      </section>
      <StorageLine quota={quota} wasRefused={wasRefused} onPersist={() => void library.persist()} />
      <p className="visually-hidden" aria-live="polite">
        {state.announcement}
      </p>
      {question !== undefined && <AskFirst question={question} onClose={() => setQuestion(undefined)} />}
    </Dialog>
  )
}
