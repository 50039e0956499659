import type { Session } from '../session-state'

/** Calls back at once, or in the moment in which the video that is being made ends. */
export function onceIdle(session: Pick<Session, 'get' | 'subscribe'>, act: () => void): void {
  if (session.get().job === undefined) return act()
  const leave = session.subscribe(() => {
    if (session.get().job !== undefined) return
    leave()
    act()
  })
}
