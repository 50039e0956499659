import type { ReactNode } from 'react'
import type { RunReading } from '../../estimate/time-left'
import { STAGES, type Stage, type StageProgress } from '../../protocol/progress'
import { useTicker } from '../hooks'
import type { RunClock } from '../studio/run-clock'
import { useWords } from '../text/language'
import type { Words } from '../text/en'

/** How much of the bar a stage gets: a guess of its share of the time. */
const SHARE: Record<Stage, number> = {
  load: 2,
  tokenise: 0.5,
  tune: 0.5,
  encode: 1.5,
  condition: 1.5,
  denoise: 6,
  decode: 5,
  finish: 0.5,
}
const TICK_MS = 250

/** Whole seconds: tenths that run would draw the eye. */
function wholeSeconds(words: Words, seconds: number): string {
  return words
    .duration(Math.max(10, Math.round(seconds)))
    .replace(/^10 /, `${Math.min(10, Math.round(seconds))} `)
}

function numbersOf(
  words: Words,
  progress: StageProgress | undefined,
  reading: RunReading | undefined,
): string {
  if (reading === undefined) return ''
  const { elapsed, left } = reading
  const step =
    progress !== undefined && progress.steps > 1 ? words.progress.step(progress.step, progress.steps) : ''
  const rest =
    left === undefined
      ? words.progress.unknown
      : left < 1
        ? words.progress.nearlyDone
        : words.progress.left(wholeSeconds(words, left))
  return [step, wholeSeconds(words, elapsed), rest].filter((part) => part !== '').join(' · ')
}

export interface ProgressProps {
  clock: RunClock
  progress: StageProgress | undefined
  isStopping: boolean
  /** The step that runs is the last one. */
  isFinishing: boolean
  /** The way out. */
  children: ReactNode
}

/** One bar and one time left for the whole run. Its clock moves also inside a step. */
export function Progress({ clock, progress, isStopping, isFinishing, children }: ProgressProps) {
  const words = useWords()
  useTicker(true, TICK_MS)
  const reading = clock.read()
  const stage = isStopping
    ? words.progress.stopping
    : progress === undefined
      ? words.progress.starting
      : isFinishing && progress.stage === 'denoise'
        ? words.progress.finishing
        : words.stages[progress.stage]
  return (
    <div className="progress">
      <div className="progress-head">
        <p className="progress-words">
          <em>{stage}…</em>
          <span className="numbers">{numbersOf(words, progress, reading)}</span>
        </p>
        {children}
      </div>
      <div
        className="bar"
        role="progressbar"
        aria-label={words.progress.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(100 * (reading?.done ?? 0))}
        aria-valuetext={stage}
      >
        {STAGES.map((each) => (
          <span
            key={each}
            className="bar-stage"
            style={{ flexGrow: SHARE[each] }}
            data-active={progress?.stage === each}
          >
            <span style={{ transform: `scaleX(${reading?.shares[each] ?? 0})` }} />
          </span>
        ))}
      </div>
      {/* Said once a stage, not at every step. */}
      <p className="visually-hidden" aria-live="polite">
        {stage}
      </p>
    </div>
  )
}
