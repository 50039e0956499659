// Short sentences for eyes and ears: what just happened. One at a time.
import { toFailure } from '../../protocol/errors'
import { createStore, type Store } from '../store'

export interface Announcement {
  text: string
  /** What can be done about it, in a word. */
  action?: { label: string; act(): void }
}

export interface Announcer extends Pick<
  Store<{ announcement: Announcement | undefined }>,
  'get' | 'subscribe'
> {
  /** Takes the place of what was said last; without an action it waits until one with an action is gone. */
  say(text: string, action?: Announcement['action']): void
  hush(): void
  /** Does what a person asked for, or says why that failed. */
  attempt(work: () => Promise<void>): Promise<void>
}

export function createAnnouncer(): Announcer {
  const store = createStore<{ announcement: Announcement | undefined }>({ announcement: undefined })
  let next: Announcement | undefined
  const say: Announcer['say'] = (text, action) => {
    const announcement = { text, ...(action && { action }) }
    if (action === undefined && store.get().announcement?.action !== undefined) next = announcement
    else store.set({ announcement })
  }
  return {
    get: store.get,
    subscribe: store.subscribe,
    say,
    hush() {
      store.set({ announcement: next })
      next = undefined
    },
    attempt: (work) => work().catch((error: unknown) => say(toFailure(error).message)),
  }
}
