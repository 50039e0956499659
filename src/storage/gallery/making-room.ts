import { isNoRoom } from '../../protocol/errors'

/** Milliseconds after which the page surely offers no undo any more. */
const UNDO_MS = 60_000

/** The result of a change to the disk, which may be tried twice. */
export type WithRoom = <Result>(work: () => Promise<Result>) => Promise<Result>

/**
 * Where the disk is full, deleted clips are cleared away once no undo is offered, and the change is tried once more.
 * @param purge clears away what was deleted before a moment
 */
export function makingRoom(purge: (before: number) => Promise<void>, now: () => number): WithRoom {
  return async (work) => {
    try {
      return await work()
    } catch (error) {
      if (!isNoRoom(error)) throw error
      await purge(now() - UNDO_MS)
      return work()
    }
  }
}
