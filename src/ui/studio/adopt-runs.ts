// Runs that were interrupted, for the queue: those whose clip is safe in the gallery all the same are over.
import { lasts, type ClipRecord } from '../../protocol/gallery'
import type { InterruptedRun } from '../../protocol/runs'
import type { Session } from '../session-state'
import type { Clips } from './clips'
import { isLoaded } from './loaded'
import type { Queue } from './queue'
import { settingsOf } from './settings-of'

/** Milliseconds to wait for the gallery, which must not keep the runs from view. */
const PATIENCE = 5_000

/** The tab was closed after the clip was written down, and before its run was cleared away. */
function isKept({ stage, step, steps, begunAt, model, settings }: InterruptedRun, clip: ClipRecord): boolean {
  return (
    stage === 'decode' &&
    step === steps &&
    clip.madeAt >= begunAt &&
    clip.facts.model === model.id &&
    JSON.stringify(settingsOf(clip.facts)) === JSON.stringify(settingsOf(settings))
  )
}

export interface AdoptOptions {
  isSecondTab?: boolean
  /** Runs that wait in any tab. */
  claimed?(): Promise<ReadonlySet<string>>
  /** Milliseconds to wait for the gallery. */
  patience?: number
}

export async function adoptRuns(
  session: Pick<Session, 'interruptedRuns' | 'discardRun'>,
  clips: Pick<Clips, 'get' | 'subscribe'>,
  queue: Pick<Queue, 'get' | 'adopt'>,
  { isSecondTab = false, claimed = async () => new Set(), patience = PATIENCE }: AdoptOptions = {},
): Promise<void> {
  const found = await session.interruptedRuns().catch(() => [])
  const others = await claimed().catch(() => new Set<string>())
  const isOwn = ({ id }: InterruptedRun): boolean => queue.get().items.some(({ run }) => run === id)
  // What tabs that are gone left is offered by the first one.
  const runs = found.filter((run) => isOwn(run) || (!isSecondTab && !others.has(run.id)))
  if (runs.length === 0) return
  await isLoaded(clips, patience)
  const { clips: kept, place } = clips.get()
  const safe = kept.filter((clip) => lasts(clip, place))
  const isOver = (run: InterruptedRun): boolean => safe.some((clip) => isKept(run, clip))
  for (const { id } of runs.filter(isOver)) void session.discardRun(id).catch(() => undefined)
  queue.adopt(runs.filter((run) => !isOver(run)))
}
