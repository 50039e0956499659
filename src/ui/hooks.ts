import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { Store } from './store'

/** The state of a store, followed. */
export function useStore<State>(store: Pick<Store<State & object>, 'get' | 'subscribe'>): State {
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Whether a media query holds, followed. */
function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    [query],
  )
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches)
}

export function useReducedMotion(): boolean {
  return useMedia('(prefers-reduced-motion: reduce)')
}

/** The time, anew every `everyMs` while `isOn`. */
export function useTicker(isOn: boolean, everyMs: number): void {
  const [, tick] = useState(0)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => tick((count) => count + 1), everyMs)
    return () => clearInterval(timer)
  }, [isOn, everyMs])
}

/** A key that is a command, and not part of writing: an input method also uses Escape and Enter. */
export function isCommand(event: {
  isComposing?: boolean
  keyCode: number
  defaultPrevented: boolean
}): boolean {
  return event.isComposing !== true && event.keyCode !== 229 && !event.defaultPrevented
}

function subscribeToNetwork(listener: () => void): () => void {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** Whether the browser has no network. */
export function useOffline(): boolean {
  return useSyncExternalStore(subscribeToNetwork, () => !navigator.onLine)
}
