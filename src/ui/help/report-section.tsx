import { useState } from 'react'
import { writeReport } from '../studio/report'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** What to do when something fails, and what helps those who can repair it. */
export function ReportSection({ studio }: { studio: Studio }) {
  const { help } = useWords()
  const [hasPrompt, setPrompt] = useState(false)
  const copy = (): Promise<void> =>
    studio.announcer.attempt(async () => {
      await navigator.clipboard.writeText(await writeReport(studio, hasPrompt))
      studio.announcer.say(help.reportCopied)
    })
  return (
    <section className="sheet-section">
      <h3>{help.failed}</h3>
      <p className="sheet-text">{help.failedText}</p>
      <div className="buttons start">
        <button type="button" className="primary quiet" onClick={() => void copy()}>
          {help.report}
        </button>
        <label className="switch">
          <input type="checkbox" checked={hasPrompt} onChange={(event) => setPrompt(event.target.checked)} />
          {help.reportPrompt}
        </label>
      </div>
    </section>
  )
}
