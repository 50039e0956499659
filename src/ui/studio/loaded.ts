// Waits, within a limit, for a state of the page, such as that the gallery is loaded or a model is open.
import type { Session } from '../session-state'
import type { Store } from '../store'
import type { Clips } from './clips'

/** Resolves when it is so, or after `patience` milliseconds. */
export function until(
  { subscribe }: Pick<Store<object>, 'subscribe'>,
  isDone: () => boolean,
  patience: number,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      leave()
      resolve()
    }
    const leave = subscribe(() => isDone() && done())
    const timer = setTimeout(done, patience)
    if (isDone()) done()
  })
}

/** Resolves when the gallery is loaded, or after `patience` milliseconds. */
export function isLoaded(clips: Pick<Clips, 'get' | 'subscribe'>, patience: number): Promise<void> {
  return until(clips, () => clips.get().isLoaded, patience)
}

/** Resolves when a model is open or cannot be opened, or after `patience` milliseconds. */
export function isSettled(session: Pick<Session, 'get' | 'subscribe'>, patience: number): Promise<void> {
  const isDone = (): boolean => session.get().engine !== undefined || session.get().problem !== undefined
  return until(session, isDone, patience)
}
