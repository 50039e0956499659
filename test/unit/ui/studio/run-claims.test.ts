import { expect, it } from 'vitest'
import { createStore } from '../../../../src/ui/store'
import type { QueueState } from '../../../../src/ui/studio/queue'
import type { QueueItem } from '../../../../src/ui/studio/queue-item'
import { claimedRuns, claimRuns } from '../../../../src/ui/studio/run-claims'

/** Locks as browsers have them, as far as they are asked for here. */
function fakeLocks(): LockManager {
  const held = new Set<string>()
  const locks = {
    async request(name: string, _options: LockOptions, work: (lock: object | null) => Promise<void>) {
      if (held.has(name)) return work(null)
      held.add(name)
      await work({ name })
      held.delete(name)
    },
    query: async () => ({ held: [...held, 'zoetrope.queue'].map((name) => ({ name })), pending: [] }),
  }
  return locks as unknown as LockManager
}

it('the runs in the list of any tab are known to all, for as long as they stand there', async () => {
  const locks = fakeLocks()
  const item = (run: string): QueueItem => ({ id: run, input: {}, model: undefined, state: 'waiting', run })
  const tab = (runs: readonly string[]) => {
    const queue = createStore<QueueState>({ items: runs.map(item), isPaused: false, isInterrupted: false })
    claimRuns(queue, locks)
    return queue
  }
  const claimed = async (): Promise<string[]> => [...(await claimedRuns(locks))].sort()
  const first = tab(['a'])
  const second = tab(['b', 'c'])
  expect(await claimed()).toEqual(['a', 'b', 'c'])
  second.set({ items: ['c', 'd'].map(item) })
  first.set({ items: [] })
  await expect.poll(claimed).toEqual(['c', 'd'])
})
