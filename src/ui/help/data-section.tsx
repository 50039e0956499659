import { useRef, useState } from 'react'
import { StorageLine } from '../library/storage-line'
import { useStore } from '../hooks'
import { isForgetful } from '../support'
import { toFailure } from '../../protocol/errors'
import type { Question } from '../question'
import { eraseEverything } from '../studio/erase'
import { saveFile } from '../studio/save-file'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Back up, bring back, erase: all that this browser has of the person, in one place. */
export function DataSection({ studio, onAsk }: { studio: Studio; onAsk(question: Question): void }) {
  const { help } = useWords()
  const { clips, announcer, shelf } = studio
  const { room, wasRefused } = useStore(shelf)
  const [done, setDone] = useState<number>()
  const picker = useRef<HTMLInputElement>(null)

  const backUp = async (): Promise<void> => {
    setDone(0)
    try {
      saveFile(await clips.backup({ onProgress: setDone }), 'zoetrope-clips.zip')
    } catch (error) {
      announcer.say(toFailure(error).message)
    } finally {
      setDone(undefined)
    }
  }
  const bringBack = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    try {
      const { count, leftOut } = await clips.import(file)
      const missing = leftOut.length > 0 ? ` ${help.leftOut(leftOut.join(', '))}` : ''
      announcer.say(help.imported(count) + missing)
    } catch (error) {
      announcer.say(toFailure(error).message)
    }
  }

  return (
    <section className="sheet-section">
      <h3>{help.data}</h3>
      <p className="sheet-text">
        {help.dataText} {help.backupText}
      </p>
      {isForgetful() && <p className="line">{help.safari}</p>}
      <StorageLine room={room} wasRefused={wasRefused} onPersist={() => void shelf.persist()} />
      <div className="buttons start">
        <button
          type="button"
          className="primary quiet"
          disabled={done !== undefined}
          onClick={() => void backUp()}
        >
          {done === undefined ? help.backup : help.backingUp(Math.floor(100 * done))}
        </button>
        <button type="button" className="primary quiet" onClick={() => picker.current?.click()}>
          {help.import}
        </button>
        <input
          ref={picker}
          type="file"
          accept=".zip,application/zip"
          hidden
          onChange={(event) => {
            void bringBack(event.target.files?.[0])
            event.target.value = ''
          }}
        />
        <button
          type="button"
          className="primary quiet"
          onClick={() =>
            onAsk({
              title: help.eraseTitle,
              text: help.eraseText,
              yes: help.eraseYes,
              no: help.eraseNo,
              onYes: () => void eraseEverything(studio).then(() => announcer.say(help.erased)),
            })
          }
        >
          {help.erase}
        </button>
      </div>
    </section>
  )
}
