import { useState } from 'react'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { isForgetful } from '../support'
import { useWords } from '../text/language'
import { ClipCard } from './clip-card'
import { ClipDialog } from './clip-dialog'
import { CompareDialog } from './compare-dialog'
import { findClips } from './find-clips'
import { UnsavedNote } from './unsaved-note'

/** Every clip that was made in this browser. */
export function GalleryRoom({ studio }: { studio: Studio }) {
  const words = useWords()
  const text = words.gallery
  const { clips, isLoaded, error, place } = useStore(studio.clips)
  const [search, setSearch] = useState('')
  const [isStarred, setStarred] = useState(false)
  const [isSelecting, setSelecting] = useState(false)
  const [selected, setSelected] = useState<readonly string[]>([])
  const [opened, setOpened] = useState<string>()
  const [isComparing, setComparing] = useState(false)
  const found = findClips(clips, search, isStarred)
  const open = clips.find(({ id }) => id === opened)
  const pair = clips.filter(({ id }) => selected.includes(id))
  const [first, second] = pair

  const toggle = (id: string): void =>
    setSelected((before) => (before.includes(id) ? before.filter((each) => each !== id) : [...before, id]))
  const stopSelecting = (): void => {
    setSelecting(false)
    setSelected([])
  }
  const remove = async (ids: readonly string[]): Promise<void> => {
    stopSelecting()
    if (!(await studio.clips.remove(ids))) return
    studio.announcer.say(text.deleted(ids.length), {
      label: text.undo,
      act: () => void studio.clips.undo(),
    })
  }

  return (
    <main
      className="gallery"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isSelecting) return
        event.stopPropagation()
        stopSelecting()
      }}
    >
      <div className="gallery-head">
        <h1>{text.title}</h1>
        <div className="gallery-tools">
          <input
            type="search"
            aria-label={text.search}
            placeholder={text.search}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
          <button
            type="button"
            className="chip"
            aria-pressed={isStarred}
            onClick={() => setStarred(!isStarred)}
          >
            <span aria-hidden="true">★</span> {text.starred}
          </button>
          {isSelecting ? (
            <>
              <span className="hint">{text.selected(selected.length)}</span>
              <button
                type="button"
                className="chip"
                disabled={pair.length !== 2}
                onClick={() => setComparing(true)}
              >
                {text.compare}
              </button>
              <button
                type="button"
                className="chip"
                disabled={selected.length === 0}
                onClick={() => void remove(selected)}
              >
                {text.delete}
              </button>
              <button type="button" className="chip" onClick={stopSelecting}>
                {text.selectDone}
              </button>
            </>
          ) : (
            <button
              type="button"
              className="chip"
              disabled={clips.length === 0}
              onClick={() => setSelecting(true)}
            >
              {text.select}
            </button>
          )}
        </div>
      </div>
      {error !== undefined && (
        <p className="line error" role="alert">
          {error}
        </p>
      )}
      <UnsavedNote studio={studio} />
      {place === 'disk' && clips.length > 0 && isForgetful() && <p className="line">{words.help.safari}</p>}
      <p className="visually-hidden" role="status">
        {isLoaded && (search !== '' || isStarred) ? text.found(found.length) : ''}
      </p>
      {isLoaded && found.length === 0 && (
        <p className="gallery-empty">{clips.length === 0 ? text.empty : text.none}</p>
      )}
      <ul className="clips">
        {found.map((clip) => (
          <ClipCard
            key={clip.id}
            studio={studio}
            clip={clip}
            isSelecting={isSelecting}
            isSelected={selected.includes(clip.id)}
            onOpen={() => setOpened(clip.id)}
            onToggle={() => toggle(clip.id)}
          />
        ))}
      </ul>
      {open !== undefined && (
        <ClipDialog
          studio={studio}
          clip={open}
          onDelete={() => {
            setOpened(undefined)
            void remove([open.id])
          }}
          onClose={() => setOpened(undefined)}
        />
      )}
      {isComparing && first !== undefined && second !== undefined && (
        <CompareDialog studio={studio} clips={[first, second]} onClose={() => setComparing(false)} />
      )}
    </main>
  )
}
