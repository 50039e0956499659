import { useState } from 'react'
import type { ModelCard } from '../../protocol/engine'
import { enrich } from '../studio/enrich'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Writes the longer prompt that a model was trained on; the person's own is one press away. */
export function EnrichButton({
  studio,
  model,
  prompt,
}: {
  studio: Studio
  model: ModelCard | undefined
  prompt: string
}) {
  const words = useWords()
  const [isWorking, setWorking] = useState(false)
  const [written, setWritten] = useState<{ before: string; after: string }>()
  const canUndo = written !== undefined && written.after === prompt

  const write = async (): Promise<void> => {
    setWorking(true)
    try {
      const { text, by } = await enrich(prompt, model?.id)
      setWritten({ before: prompt, after: text })
      studio.form.change({ prompt: text })
      studio.announcer.say(
        by === 'browser'
          ? words.enrich.byBrowser
          : by === 'template-after-failure'
            ? words.enrich.failed
            : words.enrich.byTemplate,
      )
    } finally {
      setWorking(false)
    }
  }

  if (canUndo)
    return (
      <button
        type="button"
        className="quiet-link"
        onClick={() => studio.form.change({ prompt: written.before })}
      >
        {words.enrich.undo}
      </button>
    )
  return (
    <button
      type="button"
      className="quiet-link"
      title={words.enrich.hint}
      disabled={isWorking || prompt.trim() === ''}
      onClick={() => void write()}
    >
      {isWorking ? words.enrich.working : words.enrich.button}
    </button>
  )
}
