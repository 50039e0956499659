// Which room the page shows, by its address: Back and Forward lead through them.
import { useSyncExternalStore } from 'react'

const ROOMS = ['create', 'gallery', 'check'] as const

export type Room = (typeof ROOMS)[number]

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

/** "#/gallery"; "#gallery", as people write it, too. */
export function roomOf(hash: string): Room {
  return ROOMS.find((room) => hash === `#/${room}` || hash === `#${room}`) ?? 'create'
}

/** The room that a page's address asks for: "?check" leads there too. */
export function enterRoom(page: Location): void {
  if (new URLSearchParams(page.search).has('check') && page.hash === '') page.replace(`${page.search}#/check`)
}

export function useRoom(): Room {
  return useSyncExternalStore(subscribe, () => roomOf(location.hash))
}

export function goTo(room: Room): void {
  location.hash = `#/${room}`
}
