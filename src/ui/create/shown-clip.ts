// The clip on the stage: the newest one, also after a reload, or one that was chosen from the strip.
import { useEffect, useState } from 'react'
import type { ClipFacts, ClipRecord } from '../../protocol/gallery'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { fileNameFor } from '../words'

export interface ShownClip {
  /** In the gallery; undefined for the moment in which a new clip is being put there. */
  record: ClipRecord | undefined
  facts: ClipFacts
  url: string
  fileName: string
}

function isOf(record: ClipRecord, facts: ClipFacts): boolean {
  return record.facts.seed === facts.seed && record.facts.seconds === facts.seconds
}

export function useShownClip(studio: Studio, chosen: string | undefined): ShownClip | undefined {
  const { clip } = useStore(studio.session)
  const { clips } = useStore(studio.clips)
  const [opened, setOpened] = useState<{ id: string; url: string }>()
  const fresh = chosen === undefined ? clip : undefined
  const wanted = chosen ?? (fresh === undefined ? clips[0]?.id : undefined)

  useEffect(() => {
    if (wanted === undefined) return
    let isOver = false
    studio.clips.url(wanted).then(
      (url) => isOver || setOpened({ id: wanted, url }),
      () => undefined, // the gallery says what became of it
    )
    return () => {
      isOver = true
    }
  }, [studio, wanted])

  if (fresh !== undefined) {
    const { mp4: _mp4, latents: _latents, ...facts } = fresh.result
    const record = clips.find((each) => isOf(each, facts))
    return { record, facts, url: fresh.url, fileName: fresh.fileName }
  }
  const record = clips.find(({ id }) => id === wanted)
  if (record === undefined || opened?.id !== record.id) return undefined
  const { prompt, seed } = record.facts
  return { record, facts: record.facts, url: opened.url, fileName: fileNameFor(prompt, seed) }
}
