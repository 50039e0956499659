import { useState } from 'react'
import { useTicker } from '../hooks'
import type { Studio } from '../studio/studio'
import { wantsNotice, requestNotice } from '../tab-signals'
import { useWords } from '../text/language'

/** Seconds after which people do something else meanwhile. */
const LONG = 20

/** A notice of the system at the end, for runs that are long. */
export function NotifyButton({ studio }: { studio: Studio }) {
  const words = useWords()
  useTicker(true, 1000)
  const [isWanted, setWanted] = useState(() => wantsNotice(studio))
  const { elapsed = 0, left = 0 } = studio.clock.read() ?? {}
  if (!('Notification' in globalThis) || elapsed + left < LONG) return null
  return (
    <label className="switch notify">
      <input
        type="checkbox"
        checked={isWanted}
        onChange={(event) => void requestNotice(studio, event.target.checked).then(setWanted)}
      />
      {words.progress.notify}
    </label>
  )
}
