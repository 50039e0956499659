import { useRef, useState } from 'react'
import { StorageLine } from '../library/storage-line'
import { useStore } from '../hooks'
import { DeletedClips } from './deleted-clips'
import { isForgetful } from '../support'
import type { Question } from '../question'
import { eraseEverything } from '../studio/erase'
import { saveFile } from '../studio/save-file'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Back up, bring back, erase: all that this browser has of the person, in one place. */
export function DataSection({ studio, onAsk }: { studio: Studio; onAsk(question: Question): void }) {
  const { help } = useWords()
  const { clips, announcer, library } = studio
  const { quota, wasRefused } = useStore(library)
  const [done, setDone] = useState<number>()
  const picker = useRef<HTMLInputElement>(null)

  const backUp = async (): Promise<void> => {
    setDone(0)
    await announcer.attempt(async () => {
      const { file, leftOut } = await clips.backup({ onProgress: setDone })
      saveFile(file, 'zoetrope-clips.zip')
      if (leftOut > 0) announcer.say(help.notBackedUp(leftOut))
    })
    setDone(undefined)
  }
  const bringBack = (file: File): Promise<void> =>
    announcer.attempt(async () => {
      const { count, leftOut } = await clips.import(file)
      const missing = leftOut.length > 0 ? ` ${help.leftOut(leftOut.join(', '))}` : ''
      announcer.say(help.imported(count) + missing)
    })
  const erase = (): Promise<void> =>
    announcer.attempt(async () => {
      const left = await eraseEverything(studio)
      announcer.say(left.length === 0 ? help.erased : help.notErased(left.join(', ')))
    })

  return (
    <section className="sheet-section">
      <h3>{help.data}</h3>
      <p className="sheet-text">
        {help.dataText} {help.backupText}
      </p>
      {isForgetful() && <p className="line">{help.safari}</p>}
      <StorageLine quota={quota} wasRefused={wasRefused} onPersist={() => void library.persist()} />
      <DeletedClips studio={studio} />
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
            const [file] = event.target.files ?? []
            if (file) void bringBack(file)
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
              onYes: () => void erase(),
            })
          }
        >
          {help.erase}
        </button>
      </div>
    </section>
  )
}
