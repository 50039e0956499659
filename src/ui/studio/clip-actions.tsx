import { useState } from 'react'
import { EXPORT_FORMATS, type ClipFacts, type ClipRecord, type ExportFormat } from '../../protocol/gallery'
import { isFilm } from '../../protocol/live-recipe'
import { linkFor } from '../../protocol/recipe-link'
import { useWords } from '../text/language'
import { useStore } from '../hooks'
import { fileNameFor } from '../words'
import { continueClip } from './begin-with-frame'
import { restoreGiven } from './restore-pictures'
import { saveFile, shareFile, canShareFiles } from './save-file'
import { settingsToReuse } from './settings-of'
import type { Studio } from './studio'

/** Enough to choose from, and not too many to wait for. */
const OTHER_SEEDS = ['', '', '', '']

export interface ClipActionsProps {
  studio: Studio
  facts: ClipFacts
  /** Undefined until the gallery has the clip. */
  record: ClipRecord | undefined
  /** Of the frame that is looked at. */
  seconds?: () => number
  /** Only what is wanted most: the gallery has the rest. */
  isShort?: boolean
}

/** What can be done with a clip: make it again, vary it, take its settings, save it as something else, pass it on. */
export function ClipActions({ studio, facts, record, seconds, isShort = false }: ClipActionsProps) {
  const words = useWords()
  const { announcer, form, queue, clips, loras } = studio
  const { engine } = useStore(studio.session)
  const [done, setDone] = useState<number>()
  const settings = settingsToReuse(facts)
  /** The queue makes no films. */
  const isQueued = !isFilm(facts)
  const isStarred = record?.isStarred === true

  const run = async (format: ExportFormat): Promise<void> => {
    if (record === undefined || done !== undefined) return
    setDone(0)
    await announcer.attempt(async () => {
      const { file, ending } = await clips.export(record.id, format, seconds?.(), { onProgress: setDone })
      const name = fileNameFor(facts.prompt, facts.seed, ending)
      saveFile(file, name)
      announcer.say(words.exports.done(name))
    })
    setDone(undefined)
  }
  /** With the files that the clip was made with; an empty seed is drawn. */
  const make = (seeds: readonly (string | number)[]): Promise<void> =>
    announcer.attempt(async () => {
      const own = facts.loras && { loras: facts.loras }
      const input = record === undefined ? { ...settings, ...own } : await clips.input(record)
      queue.add(seeds.map((seed) => ({ ...input, seed })))
      if (seeds.length > 1) announcer.say(words.queue.added(seeds.length))
    })
  /** With the files, as far as the gallery has them. */
  const recall = async (): Promise<void> => {
    form.recall(settings)
    studio.live.choose(!isQueued)
    loras.recall(facts.loras ?? [])
    if (record === undefined) return announcer.say(words.gallery.settingsTaken)
    await announcer.attempt(async () => {
      const missing = await restoreGiven(studio, record)
      const left = missing.length > 0 ? [words.recipe.leftOut(missing.join(', '))] : []
      announcer.say([words.gallery.settingsTaken, ...left].join(' '))
    })
  }
  const goOn = (clip: ClipRecord): Promise<void> => announcer.attempt(() => continueClip(studio, words, clip))
  const copyLink = (): Promise<void> =>
    announcer.attempt(async () => {
      await navigator.clipboard.writeText(linkFor(location.href, settings, facts))
      announcer.say(words.clip.linkCopied)
    })
  const share = (clip: ClipRecord): Promise<void> =>
    announcer.attempt(async () =>
      shareFile(await clips.file(clip.id), fileNameFor(facts.prompt, facts.seed), facts.prompt),
    )

  return (
    <div className="clip-actions">
      {isQueued && (
        <button type="button" className="chip" onClick={() => void make([''])}>
          {words.clip.vary}
        </button>
      )}
      <button type="button" className="chip" onClick={() => void recall()}>
        {words.clip.recall}
      </button>
      {engine?.model.takesPicture === true && record !== undefined && (
        <button type="button" className="chip" onClick={() => void goOn(record)}>
          {words.clip.goOn}
        </button>
      )}
      {!isShort && (
        <>
          {isQueued && (
            <>
              <button type="button" className="chip" onClick={() => void make(OTHER_SEEDS)}>
                {words.queue.seeds}
              </button>
              <button type="button" className="chip" onClick={() => void make([settings.seed])}>
                {words.clip.again}
              </button>
            </>
          )}
          <button type="button" className="chip" onClick={() => void copyLink()}>
            {words.clip.link}
          </button>
        </>
      )}
      <button
        type="button"
        className="chip"
        disabled={record === undefined}
        aria-pressed={isStarred}
        onClick={() => record && void clips.star(record.id, !isStarred)}
      >
        <span aria-hidden="true">{isStarred ? '★' : '☆'}</span> {words.clip.star}
      </button>
      {canShareFiles() && (
        <button type="button" className="chip" onClick={() => record && void share(record)}>
          {words.clip.share}
        </button>
      )}
      <label className="chip save-as">
        <span>
          {done === undefined ? words.exports.label : words.exports.working(Math.floor(100 * done))}
        </span>
        <select
          value=""
          disabled={record === undefined || done !== undefined}
          onChange={(event) => {
            const format = EXPORT_FORMATS.find((each) => each === event.target.value)
            if (format !== undefined) void run(format)
          }}
        >
          <option value="">{words.exports.label}</option>
          {EXPORT_FORMATS.filter((format) => format !== 'latents' || record?.hasLatents === true).map(
            (format) => (
              <option key={format} value={format}>
                {words.formats[format]}
              </option>
            ),
          )}
        </select>
      </label>
    </div>
  )
}
