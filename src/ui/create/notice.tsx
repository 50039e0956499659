import type { ErrorCode, Failure } from '../../protocol/errors'
import { useWords } from '../text/language'

/** Where another model, or less of it, is a way out. */
const OF_THE_MODEL: ReadonlySet<ErrorCode> = new Set([
  'model-missing',
  'model-invalid',
  'limit',
  'out-of-memory',
  'cancelled',
])

export interface NoticeProps {
  failure: Failure
  onRetry: (() => void) | undefined
  onChooseModel(): void
  /** Where the notice stands beside a clip: takes it away. */
  onDismiss?: (() => void) | undefined
}

/** Something is wrong: what, and what to do. */
export function Notice({ failure, onRetry, onChooseModel, onDismiss }: NoticeProps) {
  const words = useWords()
  const advice = words.problemAdvice[failure.code]
  return (
    <div className="notice" role="alert">
      <h2>{words.problems[failure.code]}</h2>
      {advice !== undefined && <p>{advice}</p>}
      <p lang="en">{failure.message}</p>
      {failure.seed !== undefined && <p className="hint">{words.stage.seedWas(failure.seed)}</p>}
      <div className="notice-buttons">
        {onRetry !== undefined && (
          <button type="button" className="primary quiet" onClick={onRetry}>
            {failure.code === 'other-gpu' ? words.queue.continue : words.stage.retry}
          </button>
        )}
        {OF_THE_MODEL.has(failure.code) && (
          <button type="button" className="primary quiet" onClick={onChooseModel}>
            {words.stage.chooseModel}
          </button>
        )}
        {onDismiss !== undefined && (
          <button type="button" className="quiet-link" onClick={onDismiss}>
            {words.stage.dismiss}
          </button>
        )}
      </div>
    </div>
  )
}
