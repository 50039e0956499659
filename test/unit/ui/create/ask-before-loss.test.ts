import { expect, it } from 'vitest'
import { beginRun, readRun } from '../../../../src/estimate/time-left'
import { askBeforeLoss } from '../../../../src/ui/create/ask-before-loss'
import type { Question } from '../../../../src/ui/question'
import type { QueueItem } from '../../../../src/ui/studio/queue-item'
import { en } from '../../../../src/ui/text/en'

const waits: QueueItem = { id: 'w', input: { prompt: 'one' }, model: undefined, state: 'waiting' }
const interrupted: QueueItem = { ...waits, id: 'i', run: 'run-1' }
const failed: QueueItem = { ...waits, id: 'f', state: 'failed', run: 'run-2' }
const running: QueueItem = { ...waits, id: 'r', state: 'running', run: 'run-3' }
const resumed: QueueItem = { ...running, isResumed: true }

/** What is asked where `items` would go and the run has taken so many seconds; undefined where all is done at once. */
function asked(items: readonly QueueItem[], elapsed: number, stops?: boolean): string | undefined {
  let question: Question | undefined
  let acts = 0
  askBeforeLoss(
    {
      studio: { clock: { read: () => readRun(beginRun(0), undefined, false, 1000 * elapsed) } },
      words: en,
      onAsk: (asked) => (question = asked),
    },
    items,
    () => acts++,
    stops,
  )
  expect(acts).toBe(question === undefined ? 1 : 0)
  question?.onYes()
  expect(acts).toBe(1)
  return question && `${question.title} ${question.text}`
}

it.each<[string, readonly QueueItem[], number, string | undefined]>([
  ['that only wait', [waits, waits], 600, undefined],
  ['of which one has just begun', [waits, running], 59, undefined],
  [
    'of which one has taken long',
    [waits, running],
    60,
    'Stop this video? It has been running for 1 min 0 s. Stopping it now loses that work.',
  ],
  [
    'of which one has just gone on with a run',
    [resumed],
    1,
    'Discard the work so far? The progress of 1 unfinished video will be deleted.',
  ],
  [
    'of which one was interrupted',
    [interrupted, waits],
    600,
    'Discard the work so far? The progress of 1 unfinished video will be deleted.',
  ],
  [
    'with runs of every kind',
    [interrupted, failed, running],
    60,
    'Discard the work so far? The progress of 3 unfinished videos will be deleted.',
  ],
])('videos %s', (_which, items, elapsed, question) => {
  expect(asked(items, elapsed)).toBe(question)
})

it('a video of no item is stopped with a question too', () => {
  expect(asked([], 59, true)).toBeUndefined()
  expect(asked([], 60, true)).toMatch(/^Stop this video\?/)
})
