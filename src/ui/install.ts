import { useEffect, useState } from 'react'

interface InstallEvent extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

/** The browser's offer to install the page, taken up by a press; undefined where there is none. */
export function useInstall(): (() => void) | undefined {
  const [offer, setOffer] = useState<InstallEvent>()
  useEffect(() => {
    const take = (event: Event): void => {
      event.preventDefault() // the page has its own, quieter place for it
      setOffer(event as InstallEvent)
    }
    const done = (): void => setOffer(undefined)
    addEventListener('beforeinstallprompt', take)
    addEventListener('appinstalled', done)
    return () => {
      removeEventListener('beforeinstallprompt', take)
      removeEventListener('appinstalled', done)
    }
  }, [])
  if (offer === undefined) return undefined
  return () => void offer.prompt().finally(() => setOffer(undefined))
}
