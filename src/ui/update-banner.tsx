import { useEffect, useState } from 'react'
import { useWords } from './text/language'
import type { Updates } from './service-worker'

/** Asks before a new version takes over, and waits while a video is being made. */
export function UpdateBanner({ updates, isRunning }: { updates: Updates; isRunning: boolean }) {
  const { update } = useWords()
  const [isWaiting, setWaiting] = useState(false)
  const [isReplaced, setReplaced] = useState(false)
  useEffect(() => updates.onWaiting(() => setWaiting(true)), [updates])
  useEffect(() => updates.onReplaced(() => setReplaced(true)), [updates])
  if (isReplaced)
    return (
      <div className="update" role="status">
        <p>{isRunning ? update.reloadLater : update.reloading}</p>
        {!isRunning && (
          <button type="button" className="primary" onClick={() => location.reload()}>
            {update.reload}
          </button>
        )}
      </div>
    )
  if (!isWaiting || isRunning) return null
  return (
    <div className="update" role="status">
      <p>{update.text}</p>
      <button type="button" className="primary" onClick={updates.accept}>
        {update.yes}
      </button>
      <button type="button" className="primary quiet" onClick={() => setWaiting(false)}>
        {update.no}
      </button>
    </div>
  )
}
