// Whether the machine runs on its battery, as far as the browser says: most do not.
import { useEffect, useState } from 'react'

interface Battery extends EventTarget {
  readonly charging: boolean
}

export function useOnBattery(): boolean {
  const [isOnBattery, setOnBattery] = useState(false)
  useEffect(() => {
    const stop = new AbortController()
    const follow = (battery: Battery): void => {
      if (stop.signal.aborted) return
      const look = (): void => setOnBattery(!battery.charging)
      battery.addEventListener('chargingchange', look, { signal: stop.signal })
      look()
    }
    const { getBattery } = navigator as { getBattery?: () => Promise<Battery> }
    getBattery?.call(navigator).then(follow, () => undefined) // denied: then nothing is shown
    return () => stop.abort()
  }, [])
  return isOnBattery
}
