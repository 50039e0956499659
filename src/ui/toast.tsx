import { useEffect } from 'react'
import { useStore } from './hooks'
import type { Announcer } from './studio/announcer'
import { useWords } from './text/language'

/** Long enough to be read, and to be undone. */
const SHOWN_MS = 8000

/** What just happened, for eyes and ears, with the way back where there is one. */
export function Toast({ announcer }: { announcer: Announcer }) {
  const words = useWords()
  const { announcement } = useStore(announcer)
  useEffect(() => {
    if (announcement === undefined) return
    const timer = setTimeout(announcer.hush, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [announcer, announcement])
  return (
    <div className="toast" role="status" data-empty={announcement === undefined}>
      {announcement !== undefined && (
        <>
          <p>{announcement.text}</p>
          {announcement.action !== undefined && (
            <button
              type="button"
              className="quiet-link"
              onClick={() => {
                announcement.action?.act()
                announcer.hush()
              }}
            >
              {announcement.action.label}
            </button>
          )}
          <button type="button" className="cross" aria-label={words.close} onClick={announcer.hush}>
            ×
          </button>
        </>
      )}
    </div>
  )
}
