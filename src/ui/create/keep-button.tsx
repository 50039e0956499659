import type { Job } from '../session-state'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Ends the denoising after its step and keeps the video; there while steps are left out by it. */
export function KeepButton({ studio, job }: { studio: Studio; job: Job }) {
  const { progress: text } = useWords()
  const { progress, isStopping, isFinishing } = job
  if (progress?.stage !== 'denoise' || progress.step === 0 || progress.step >= progress.steps) return null
  return (
    <button
      type="button"
      className="primary quiet keep"
      title={text.keepHint}
      disabled={isStopping || isFinishing}
      onClick={studio.session.finish}
    >
      {text.keep}
    </button>
  )
}
