import type { Failure } from '../protocol/errors'
import { PROBLEM_TITLES } from './words'

/** Something is wrong: what, and what to do. */
export function Notice({ failure, onRetry }: { failure: Failure; onRetry: (() => void) | undefined }) {
  return (
    <div className="notice" role="alert">
      <h2>{PROBLEM_TITLES[failure.code]}</h2>
      <p>{failure.message}</p>
      {onRetry !== undefined && (
        <button type="button" className="primary quiet" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
