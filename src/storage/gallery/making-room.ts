import { isNoRoom } from '../../protocol/errors'
import type { Gallery } from './gallery'

/** Milliseconds after which the page surely offers no undo any more. */
const UNDO_MS = 60_000

/** Where the disk is full, deleted clips are cleared away once no undo is offered, and the change is tried once more. */
export function makingRoom(gallery: Gallery, now: () => number): Gallery {
  const withRoom = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      if (!isNoRoom(error)) throw error
      await gallery.purge(now() - UNDO_MS)
      return work()
    }
  }
  return {
    ...gallery,
    keep: (...given) => withRoom(() => gallery.keep(...given)),
    change: (...given) => withRoom(() => gallery.change(...given)),
    remove: (...given) => withRoom(() => gallery.remove(...given)),
    restore: (...given) => withRoom(() => gallery.restore(...given)),
  }
}
