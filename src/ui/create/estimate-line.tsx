import { judge } from '../../estimate/verdict'
import type { Normalised, Refused } from '../../protocol/normalise'
import type { MemoryPlan } from '../../protocol/progress'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { clipSettings } from './clip-settings'
import { clipTime } from './clip-time'

/** A run that takes less of the disk is not worth a word. */
const NOTABLE_BYTES = 50e6

/** How long, and how much, before anything is begun. */
export function EstimateLine({
  studio,
  checked,
  plan,
  misfit,
  isLive,
}: {
  studio: Studio
  checked: Normalised | Refused
  plan: MemoryPlan | undefined
  misfit: string | undefined
  /** A film takes as long as it is watched. */
  isLive: boolean
}) {
  const words = useWords()
  const { engine, planned } = useStore(studio.session)
  if (misfit !== undefined)
    return (
      <p className="line error" role="status" lang="en">
        {misfit}
      </p>
    )
  const settings = clipSettings(studio, checked)
  if (engine === undefined || settings === undefined) return null
  const verdict = judge({
    time: clipTime(studio, settings),
    needsBytes: plan?.peakBytes,
    budgetBytes: plan?.budgetBytes,
  })
  if (verdict.kind === 'too-large')
    return (
      <p className="line error" role="status">
        {words.estimate.tooLarge(words.bytes(verdict.needsBytes), words.bytes(verdict.budgetBytes))}
      </p>
    )
  const memory = plan === undefined ? [] : [words.estimate.memory(words.bytes(plan.peakBytes))]
  if (isLive) return <p className="line estimate">{memory.join('')}</p>
  const { runBytes = 0 } = planned ?? {}
  const disk = runBytes > NOTABLE_BYTES ? [words.estimate.disk(words.bytes(runBytes))] : []
  const time =
    verdict.kind === 'unknown'
      ? words.estimate.unknown
      : words.estimate.aboutHere(words.range(verdict.time.low, verdict.time.high))
  return (
    <>
      <p className="line estimate">{[time, ...memory, ...disk].join(' · ')}</p>
      {verdict.kind === 'long' && (
        <p className="line" role="status">
          {words.estimate.long(words.range(verdict.time.low, verdict.time.high))}
        </p>
      )}
    </>
  )
}
