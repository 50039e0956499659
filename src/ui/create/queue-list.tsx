import { useStore } from '../hooks'
import type { Question } from '../question'
import type { QueueItem } from '../studio/queue-item'
import type { Studio } from '../studio/studio'
import type { Words } from '../text/en'
import { useWords } from '../text/language'
import { askBeforeLoss } from './ask-before-loss'

function promptOf({ input }: QueueItem): string {
  const { prompt } = input
  return typeof prompt === 'string' ? prompt : ''
}

function stateOf(words: Words, { state, model, failure }: QueueItem, openModel: string | undefined): string {
  if (state === 'running') return words.queue.running
  if (state === 'failed') return failure?.message ?? words.queue.failed
  return model !== undefined && openModel !== undefined && model.id !== openModel
    ? words.queue.waitsForModel(model.title)
    : words.queue.waiting
}

/** Asks before `items` go, where work goes with them. */
type Lose = (items: readonly QueueItem[], act: () => void) => void

function Item({
  studio,
  item,
  isFirst,
  lose,
}: {
  studio: Studio
  item: QueueItem
  isFirst: boolean
  lose: Lose
}) {
  const words = useWords()
  const { engine } = useStore(studio.session)
  const { queue } = studio
  const prompt = promptOf(item)
  const seed = String(item.input.seed ?? '')
  return (
    <li className="queued" data-state={item.state}>
      <div className="queued-text">
        <p className="queued-prompt" dir="auto">
          {prompt}
        </p>
        <p className={item.state === 'failed' ? 'line error' : 'hint'}>
          {[stateOf(words, item, engine?.model.id), seed === '' ? '' : words.queue.seed(seed)]
            .filter((part) => part !== '')
            .join(' · ')}
        </p>
      </div>
      <div className="queued-buttons">
        {item.state === 'failed' && (
          <button type="button" aria-label={words.queue.retry(prompt)} onClick={() => queue.retry(item.id)}>
            ↻
          </button>
        )}
        {item.state === 'waiting' && !isFirst && (
          <button type="button" aria-label={words.queue.up(prompt)} onClick={() => queue.moveUp(item.id)}>
            ↑
          </button>
        )}
        <button
          type="button"
          aria-label={words.queue.onlyThis(prompt)}
          title={words.queue.onlyThis(prompt)}
          onClick={() =>
            lose(
              queue.get().items.filter(({ id }) => id !== item.id),
              () => queue.keepOnly(item.id),
            )
          }
        >
          ◎
        </button>
        <button
          type="button"
          aria-label={words.queue.remove(prompt)}
          onClick={() => lose([item], () => queue.remove(item.id))}
        >
          ×
        </button>
      </div>
    </li>
  )
}

/** What happened before the page was closed. */
function interruption(words: Words, items: readonly QueueItem[]): string {
  const waiting = items.filter(({ state }) => state === 'waiting')
  const reached = waiting.find((item) => item.reached !== undefined)?.reached
  if (reached === undefined) return words.queue.interrupted(waiting.length)
  const { stage, step, steps } = reached
  const { interruptedAt } = words.queue
  const where =
    stage === 'denoise' || stage === 'decode' ? interruptedAt[stage](step, steps) : interruptedAt.encode
  return waiting.length === 1 ? where : `${where} ${words.queue.othersWait(waiting.length - 1)}`
}

export interface QueueListProps {
  studio: Studio
  onAsk(question: Question): void
  /** What is held may begin. */
  onGoOn(): void
}

/** What waits to be made. One video alone needs no list: the stage shows it, or why it failed. */
export function QueueList({ studio, onAsk, onGoOn }: QueueListProps) {
  const words = useWords()
  const { queue } = studio
  const { items, isPaused, isInterrupted } = useStore(queue)
  const { problem } = useStore(studio.session)
  const waiting = items.filter(({ state }) => state === 'waiting')
  const isForgotten =
    problem === undefined && items.some(({ state, run }) => state === 'failed' && run !== undefined)
  const lose: Lose = (lost, act) => askBeforeLoss({ studio, words, onAsk }, lost, act)
  const clear = (): void =>
    lose(
      items.filter(({ state }) => state !== 'running'),
      queue.clear,
    )
  if (items.length < 2 && waiting.length === 0 && !isForgotten) return null
  return (
    <section className="queue" aria-labelledby="queue-title">
      <div className="queue-head">
        <h2 id="queue-title">{words.queue.title}</h2>
        <span className="hint">{words.queue.count(waiting.length)}</span>
        {isInterrupted ? null : isPaused ? (
          <button type="button" className="quiet-link" onClick={onGoOn}>
            {words.queue.resume}
          </button>
        ) : (
          <button type="button" className="quiet-link" onClick={queue.pause}>
            {words.queue.pause}
          </button>
        )}
        <button type="button" className="quiet-link" onClick={clear}>
          {words.queue.clear}
        </button>
      </div>
      {isInterrupted && (
        <div className="interrupted" role="status">
          <p>{interruption(words, items)}</p>
          <button type="button" className="primary" onClick={onGoOn}>
            {waiting.some(({ reached }) => reached !== undefined) ? words.queue.continue : words.queue.goOn}
          </button>
          <button type="button" className="primary quiet" onClick={clear}>
            {words.queue.discard}
          </button>
        </div>
      )}
      {isPaused && !isInterrupted && <p className="line">{words.queue.paused}</p>}
      <ul>
        {items.map((item, i) => (
          <Item
            key={item.id}
            studio={studio}
            item={item}
            lose={lose}
            isFirst={i === 0 || items[i - 1]?.state !== 'waiting'}
          />
        ))}
      </ul>
    </section>
  )
}
