import { STAGES, type Stage, type StageProgress } from '../protocol/progress'
import { formatSeconds, STAGE_WORDS } from './words'

/** How much of the bar a stage gets: a guess of its share of the time. */
const SHARE: Record<Stage, number> = {
  load: 2,
  tokenise: 0.5,
  tune: 0.5,
  encode: 1.5,
  denoise: 6,
  decode: 5,
  finish: 0.5,
}

function doneShare(stage: Stage, progress: StageProgress | undefined): number {
  if (progress === undefined) return 0
  const distance = STAGES.indexOf(stage) - STAGES.indexOf(progress.stage)
  if (distance !== 0) return distance < 0 ? 1 : 0
  return progress.steps === 0 ? 0 : progress.step / progress.steps
}

function describe(progress: StageProgress): string {
  const parts = [
    progress.steps > 1 ? `${progress.step} of ${progress.steps}` : '',
    formatSeconds(progress.seconds),
  ]
  if (progress.eta !== undefined && progress.eta > 0.5)
    parts.push(`about ${formatSeconds(progress.eta)} left`)
  return parts.filter((part) => part !== '').join(' · ')
}

export function Progress({
  progress,
  isStopping,
}: {
  progress: StageProgress | undefined
  isStopping: boolean
}) {
  const words = isStopping ? 'Stopping' : progress === undefined ? 'Starting' : STAGE_WORDS[progress.stage]
  const whole = STAGES.reduce((sum, stage) => sum + SHARE[stage], 0)
  const done = STAGES.reduce((sum, stage) => sum + SHARE[stage] * doneShare(stage, progress), 0)
  return (
    <div className="progress">
      <p className="progress-words">
        <em>{words}…</em>
        <span className="numbers">{progress !== undefined && describe(progress)}</span>
      </p>
      <div
        className="bar"
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((100 * done) / whole)}
        aria-valuetext={words}
      >
        {STAGES.map((stage) => (
          <span
            key={stage}
            className="bar-stage"
            style={{ flexGrow: SHARE[stage] }}
            data-active={progress?.stage === stage}
          >
            <span style={{ transform: `scaleX(${doneShare(stage, progress)})` }} />
          </span>
        ))}
      </div>
      {/* Said once a stage, not at every step. */}
      <p className="visually-hidden" aria-live="polite">
        {words}
      </p>
    </div>
  )
}
