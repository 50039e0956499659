// Says how a run ended, for who does not look at the stage.
import { useEffect, useRef } from 'react'
import { useStore } from '../hooks'
import { roomOf } from '../room'
import { notify } from '../tab-signals'
import type { Words } from '../text/en'
import type { Clip } from '../session-state'
import type { Studio } from './studio'

export function useRunNews(studio: Studio, words: Words): void {
  const { session, announcer } = studio
  const { job, clip, problem } = useStore(session)
  /** The clip that was there when the run began; undefined outside of a run. */
  const run = useRef<{ clipBefore: Clip | undefined }>(undefined)
  useEffect(() => {
    if (job !== undefined) {
      run.current ??= { clipBefore: clip }
      return
    }
    if (run.current === undefined) return
    const isMade = clip !== run.current.clipBefore
    run.current = undefined
    const text = isMade
      ? words.progress.doneSaid
      : problem !== undefined
        ? words.progress.failedSaid
        : words.progress.stoppedSaid
    // A failure stands on the stage as an alert: elsewhere it has to be said.
    if (isMade || problem === undefined || roomOf(location.hash) !== 'create') announcer.say(text)
    if (isMade || problem !== undefined) notify(studio, text)
  }, [studio, session, announcer, words, job, clip, problem])
}
