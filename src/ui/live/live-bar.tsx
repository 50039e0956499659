import type { Job } from '../session-state'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { useTicker } from '../hooks'

const TICK_MS = 250

/** What is known of the film that is being made, and the way to stop it. */
export function LiveBar({ studio, job, fps }: { studio: Studio; job: Job; fps: number }) {
  const words = useWords()
  useTicker(true, TICK_MS)
  const { live, progress, isStopping, begunAt } = job
  if (live === undefined) return null
  const { frames, firstFrameSeconds, playing, speed } = live
  const state = isStopping
    ? words.live.stopping
    : frames === 0
      ? words.stages[progress?.stage ?? 'load']
      : words.live.playing[playing]
  const numbers =
    frames === 0
      ? [words.duration((Date.now() - begunAt) / 1000)]
      : [
          words.live.made(words.duration(frames / fps)),
          ...(speed === undefined ? [] : [words.live.speed(speed.toFixed(2))]),
          ...(firstFrameSeconds === undefined ? [] : [words.live.first(words.duration(firstFrameSeconds))]),
        ]
  return (
    <div className="progress">
      <div className="progress-head">
        <p className="progress-words">
          <em>{state}</em>
          <span className="numbers">{numbers.join(' · ')}</span>
        </p>
        <div className="stop">
          <button
            type="button"
            className="primary quiet"
            disabled={isStopping}
            onClick={() => (frames === 0 ? studio.session.cancel() : studio.live.stop())}
          >
            {frames === 0 ? words.stage.cancel : words.live.stop}
          </button>
        </div>
      </div>
      <p className="visually-hidden" aria-live="polite">
        {state}
      </p>
    </div>
  )
}
