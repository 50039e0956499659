import { useEffect, useState } from 'react'
import type { Updates } from './service-worker'

/** Asks before a new version takes over, and waits while a video is being made. */
export function UpdateBanner({ updates, isRunning }: { updates: Updates; isRunning: boolean }) {
  const [isWaiting, setWaiting] = useState(false)
  useEffect(() => updates.onWaiting(() => setWaiting(true)), [updates])
  if (!isWaiting || isRunning) return null
  return (
    <div className="update" role="status">
      <p>A new version is ready. The page reloads, and a video that is not saved is lost.</p>
      <button type="button" className="primary" onClick={updates.accept}>
        Update
      </button>
      <button type="button" className="primary quiet" onClick={() => setWaiting(false)}>
        Later
      </button>
    </div>
  )
}
