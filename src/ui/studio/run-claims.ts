// Which interrupted runs wait in which tab: each is a lock that ends with its tab.
import type { Queue } from './queue'

const PREFIX = 'zoetrope.run.'

/** Holds a lock for every run in the queue, for as long as it stands there. */
export function claimRuns(queue: Pick<Queue, 'get' | 'subscribe'>, locks: LockManager): void {
  const held = new Map<string, () => void>()
  const claim = (run: string): void => {
    const released = new Promise<void>((release) => held.set(run, release))
    void locks.request(PREFIX + run, { ifAvailable: true }, () => released).catch(() => undefined)
  }
  const look = (): void => {
    const runs = new Set(queue.get().items.flatMap(({ run }) => (run === undefined ? [] : [run])))
    for (const [run, release] of held) {
      if (runs.has(run)) continue
      held.delete(run)
      release()
    }
    for (const run of runs) if (!held.has(run)) claim(run)
  }
  queue.subscribe(look)
  look()
}

/** Of all tabs. */
export async function claimedRuns(locks: LockManager): Promise<ReadonlySet<string>> {
  const { held = [] } = await locks.query()
  return new Set(
    held.flatMap(({ name = '' }) => (name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [])),
  )
}
