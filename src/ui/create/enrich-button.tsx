import { useEffect, useRef, useState } from 'react'
import { isMiniId } from '../../catalogue/mini-world'
import { totalBytes } from '../../catalogue/catalogue'
import { toFailure } from '../../protocol/errors'
import type { ModelCard } from '../../protocol/engine'
import { useStore } from '../hooks'
import { enrich, type Enriched } from '../studio/enrich'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Writes the longer prompt that a model was trained on; the person's own is one press away. */
export function EnrichButton({
  studio,
  model,
  prompt,
  onChooseModel,
}: {
  studio: Studio
  model: ModelCard | undefined
  prompt: string
  onChooseModel(): void
}) {
  const words = useWords()
  const { enrich: text } = words
  const { installed } = useStore(studio.library)
  const [isWorking, setWorking] = useState(false)
  const [written, setWritten] = useState<{ before: string; after: string; by: Enriched['by'] }>()
  const running = useRef<AbortController>(undefined)
  const canUndo = written !== undefined && written.after === prompt
  const { entry } = studio.writer
  // After a template, a model that would have done better.
  const isOffered = canUndo && written.by === 'template' && !isMiniId(model?.id) && !installed.has(entry.id)

  useEffect(() => () => running.current?.abort(), [])

  const write = async (): Promise<void> => {
    const stop = (running.current = new AbortController())
    setWorking(true)
    try {
      const { text: after, by, why = '' } = await enrich(prompt, model?.id, studio.writer, stop.signal)
      setWritten({ before: prompt, after, by })
      studio.form.change({ prompt: after })
      studio.announcer.say(
        {
          browser: text.byBrowser,
          writer: text.byWriter(entry.title),
          template: text.byTemplate,
          'template-after-failure': text.failed(why),
        }[by],
      )
    } catch (error) {
      const { code, message } = toFailure(error)
      studio.announcer.say(code === 'cancelled' ? text.stopped : message)
    } finally {
      setWorking(false)
    }
  }

  if (canUndo)
    return (
      <>
        <button
          type="button"
          className="quiet-link"
          onClick={() => studio.form.change({ prompt: written.before })}
        >
          {text.undo}
        </button>
        {isOffered && (
          <button type="button" className="quiet-link" onClick={onChooseModel}>
            {text.offer(entry.title, words.bytes(totalBytes(entry)), entry.licence)}
          </button>
        )}
      </>
    )
  // One button that changes its word: the keyboard's focus stays on it.
  return (
    <button
      type="button"
      className="quiet-link"
      title={text.hint}
      disabled={!isWorking && prompt.trim() === ''}
      onClick={() => (isWorking ? running.current?.abort() : void write())}
    >
      {isWorking ? text.stop : text.button}
    </button>
  )
}
