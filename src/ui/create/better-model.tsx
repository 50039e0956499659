import { totalBytes } from '../../catalogue/catalogue'
import { isBeyondWaiting } from '../../estimate/verdict'
import type { MemoryPlan } from '../../protocol/progress'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** The model to go on with, of those that this machine can run; nothing where one is here already. */
export function BetterModel({
  studio,
  plan,
  onSee,
}: {
  studio: Studio
  plan: MemoryPlan | undefined
  onSee(): void
}) {
  const words = useWords()
  const { engine } = useStore(studio.session)
  const { installed, downloads, disk } = useStore(studio.library)
  const better = studio.entries.find(({ isRecommended }) => isRecommended === true)
  const isModel = (id: string): boolean => id !== studio.writer.entry.id
  const hasOther = [...installed.keys(), ...downloads.keys()].some(isModel) || disk.length > 0
  if (better === undefined || hasOther || engine === undefined || plan === undefined) return null
  if (better.memoryBytes > plan.budgetBytes) return null
  const time = studio.estimates.predict(better.id, engine.adapter, better.defaults)
  if (isBeyondWaiting(time)) return null
  return (
    <p className="line">
      {words.model.better(
        better.title,
        words.bytes(totalBytes(better)),
        time && words.range(time.low, time.high),
      )}{' '}
      <button type="button" className="quiet-link" onClick={onSee}>
        {words.model.see}
      </button>
    </p>
  )
}
