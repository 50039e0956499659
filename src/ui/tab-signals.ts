// What a tab shows while it is in the background: title and icon with the progress, a screen that stays awake, a
// question before it closes.
import { useEffect } from 'react'
import { useStore } from './hooks'
import { releaseLater } from './object-url'
import { hasUnsaved } from './studio/clips'
import type { Words } from './text/en'
import type { Studio } from './studio/studio'

const TICK_MS = 1000
const ICON_SIZE = 64

/** A ring that fills, in the page's colours. */
async function drawIcon(done: number): Promise<string | undefined> {
  const canvas = new OffscreenCanvas(ICON_SIZE, ICON_SIZE)
  const context = canvas.getContext('2d')
  if (context === null) return undefined
  const centre = ICON_SIZE / 2
  const ring = (colour: string, share: number): void => {
    context.beginPath()
    context.lineWidth = 12
    context.strokeStyle = colour
    context.arc(centre, centre, centre - 8, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * share)
    context.stroke()
  }
  ring('#b8aa9c', 1)
  ring('#d8411f', Math.max(0.02, done))
  return URL.createObjectURL(await canvas.convertToBlob())
}

function iconLink(): HTMLLinkElement | null {
  return document.querySelector<HTMLLinkElement>('link[rel="icon"]')
}

/** The page's own icon comes back when `stop` is called. */
function followIcon(): { show(done: number): void; stop(): void } {
  const link = iconLink()
  const own = link?.getAttribute('href') ?? ''
  let shown = -1
  let url: string | undefined
  let isStopped = false
  const set = (href: string): void => {
    if (link !== null) link.href = href
    if (url !== undefined) releaseLater(url)
    url = undefined
  }
  return {
    show(done) {
      const step = Math.floor(20 * done)
      if (step === shown) return
      shown = step
      void drawIcon(step / 20).then((next) => {
        if (next === undefined) return
        if (isStopped) return releaseLater(next)
        set(next)
        url = next
      })
    },
    stop() {
      isStopped = true
      set(own)
    },
  }
}

/** Keeps the screen on while it can be seen; a browser takes the lock away when the tab is hidden. */
function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined
  let isOver = false
  const ask = async (): Promise<void> => {
    if (document.hidden || isOver) return
    lock = await navigator.wakeLock?.request('screen').catch(() => undefined)
    if (isOver) void lock?.release()
  }
  const again = (): void => void ask()
  void ask()
  document.addEventListener('visibilitychange', again)
  return () => {
    isOver = true
    document.removeEventListener('visibilitychange', again)
    void lock?.release().catch(() => undefined)
  }
}

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault()
}

/** How far a video is, for the tab; undefined of a film, which ends when its viewer wants. */
export function tabProgress({ clock, session }: Pick<Studio, 'clock' | 'session'>): number | undefined {
  return session.get().job?.live ? undefined : (clock.read()?.done ?? 0)
}

/** While a video is being made. Afterwards a tab that nobody looks at says that it is done. */
export function useTabSignals(studio: Studio, isRunning: boolean, words: Words): void {
  const isAsking = hasUnsaved(useStore(studio.clips)) || isRunning
  useEffect(() => {
    if (!isAsking) return
    addEventListener('beforeunload', askBeforeLeaving)
    return () => removeEventListener('beforeunload', askBeforeLeaving)
  }, [isAsking])

  useEffect(() => {
    if (!isRunning) return
    const icon = followIcon()
    const awake = stayAwake()
    const show = (): void => {
      const done = tabProgress(studio)
      const text = done === undefined ? words.live.live : words.progress.title(Math.floor(100 * done))
      document.title = `${text} · Zoetrope`
      if (done !== undefined) icon.show(done)
    }
    show()
    const timer = setInterval(show, TICK_MS)
    return () => {
      clearInterval(timer)
      icon.stop()
      awake()
      document.title = document.hidden ? `${words.progress.done} · Zoetrope` : words.title
    }
  }, [studio, isRunning, words])

  useEffect(() => {
    const back = (): void => {
      if (!document.hidden && !isRunning) document.title = words.title
    }
    back()
    document.addEventListener('visibilitychange', back)
    return () => document.removeEventListener('visibilitychange', back)
  }, [isRunning, words])
}

const WISH = 'zoetrope.notify'

export function wantsNotice(studio: Studio): boolean {
  try {
    return studio.storage?.getItem(WISH) === 'yes' && Notification.permission === 'granted'
  } catch {
    return false
  }
}

/** Asks for permission to notify, if not yet granted. Whether notices will come. */
export async function requestNotice(studio: Studio, isWanted: boolean): Promise<boolean> {
  const isGranted = isWanted && (await Notification.requestPermission()) === 'granted'
  try {
    studio.storage?.setItem(WISH, isGranted ? 'yes' : 'no')
  } catch {
    return false
  }
  return isGranted
}

/** A notice of the system, where it is wanted and nobody looks at the page. */
export function notify(studio: Studio, text: string): void {
  if (!document.hidden || !wantsNotice(studio)) return
  const options = { body: text, icon: 'icons/zoetrope-192.png', tag: 'zoetrope' }
  // On phones only a service worker may show one.
  const show = async (): Promise<void> => {
    const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined)
    if (registration?.active) await registration.showNotification('Zoetrope', options)
    else new Notification('Zoetrope', options)
  }
  void show().catch(() => undefined)
}
