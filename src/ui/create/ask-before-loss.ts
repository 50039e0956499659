// Work is not thrown away without a question.
import type { Question } from '../question'
import type { QueueItem } from '../studio/queue-item'
import type { Studio } from '../studio/studio'
import type { Words } from '../text/en'

/** Seconds of a video that is being made. */
const WORTH_ASKING = 60

export interface Asking {
  studio: Pick<Studio, 'clock'>
  words: Pick<Words, 'progress' | 'queue' | 'models' | 'duration'>
  onAsk(question: Question): void
}

/**
 * Acts at once where little is lost; asks first where a run could go on, or the current video has been running for long.
 * @param items the items to be removed
 * @param stops whether the current video is stopped too; it need not belong to an item
 */
export function askBeforeLoss(
  { studio, words: { progress, queue, models, duration }, onAsk }: Asking,
  items: readonly QueueItem[],
  act: () => void,
  stops = items.some(({ state }) => state === 'running'),
): void {
  const spent = stops ? (studio.clock.read()?.elapsed ?? 0) : 0
  const isLong = spent >= WORTH_ASKING
  const waiting = items.filter(({ state, run }) => state !== 'running' && run !== undefined).length
  if (isLong && waiting === 0)
    return onAsk({
      title: progress.stopTitle,
      text: progress.stopText(duration(spent)),
      yes: progress.stopYes,
      no: progress.stopNo,
      onYes: act,
    })
  const goesOn = items.some(({ state, isResumed }) => state === 'running' && isResumed === true)
  const lost = waiting + (isLong || goesOn ? 1 : 0)
  if (lost === 0) return act()
  onAsk({
    title: queue.discardTitle,
    text: queue.discardText(lost),
    yes: queue.discard,
    no: models.keep,
    onYes: act,
  })
}
