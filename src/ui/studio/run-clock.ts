// Follows the run of the session, so that every place of the page reads one and the same time.
import { beginRun, followRun, readRun, type Followed, type RunReading } from '../../estimate/time-left'
import type { StageSeconds } from '../../protocol/estimate'
import type { Job, Session } from '../session-state'

export interface RunClock {
  /** Undefined while nothing is being made. */
  read(): RunReading | undefined
}

export interface RunClockOptions {
  session: Pick<Session, 'get' | 'subscribe'>
  /** What was predicted for a run when it began. */
  predict(job: Job): { stages: StageSeconds; isMeasured: boolean } | undefined
  now?: () => number
}

export function createRunClock({ session, predict, now = Date.now }: RunClockOptions): RunClock {
  let run: Followed | undefined
  let expected: ReturnType<RunClockOptions['predict']>
  session.subscribe(() => {
    const { job } = session.get()
    if (job === undefined) {
      run = undefined
      return
    }
    if (run === undefined) {
      run = beginRun(job.begunAt)
      expected = predict(job)
    }
    if (job.progress !== undefined) run = followRun(run, job.progress, now())
  })
  return {
    read: () =>
      run === undefined ? undefined : readRun(run, expected?.stages, expected?.isMeasured ?? false, now()),
  }
}
