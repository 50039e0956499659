// Short sentences for eyes and ears: what just happened. One at a time.
import { createStore, type Store } from '../store'

export interface Said {
  text: string
  /** What can be done about it, in a word. */
  action?: { label: string; act(): void }
}

export interface Announcer extends Pick<Store<{ said: Said | undefined }>, 'get' | 'subscribe'> {
  say(text: string, action?: Said['action']): void
  hush(): void
}

export function createAnnouncer(): Announcer {
  const store = createStore<{ said: Said | undefined }>({ said: undefined })
  return {
    get: store.get,
    subscribe: store.subscribe,
    say: (text, action) => store.set({ said: { text, ...(action && { action }) } }),
    hush: () => store.set({ said: undefined }),
  }
}
