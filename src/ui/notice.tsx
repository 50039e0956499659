import type { ErrorCode, Failure } from '../protocol/errors'
import { PROBLEM_TITLES } from './words'

/** Where another model, or less of it, is a way out. */
const OF_THE_MODEL: ReadonlySet<ErrorCode> = new Set([
  'model-missing',
  'model-invalid',
  'limit',
  'out-of-memory',
  'cancelled',
])

/** Something is wrong: what, and what to do. */
export function Notice({
  failure,
  onRetry,
  onChooseModel,
}: {
  failure: Failure
  onRetry: (() => void) | undefined
  onChooseModel(): void
}) {
  return (
    <div className="notice" role="alert">
      <h2>{PROBLEM_TITLES[failure.code]}</h2>
      <p>{failure.message}</p>
      {onRetry !== undefined && (
        <button type="button" className="primary quiet" onClick={onRetry}>
          Try again
        </button>
      )}{' '}
      {OF_THE_MODEL.has(failure.code) && (
        <button type="button" className="primary quiet" onClick={onChooseModel}>
          Choose a model
        </button>
      )}
    </div>
  )
}
