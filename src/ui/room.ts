// Which room the page shows, by its address: Back and Forward lead through them.
import { useSyncExternalStore } from 'react'

export const ROOMS = ['create', 'gallery'] as const

export type Room = (typeof ROOMS)[number]

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export function roomOf(hash: string): Room {
  return ROOMS.find((room) => hash === `#/${room}`) ?? 'create'
}

export function useRoom(): Room {
  return useSyncExternalStore(subscribe, () => roomOf(location.hash))
}

export function goTo(room: Room): void {
  location.hash = `#/${room}`
}
