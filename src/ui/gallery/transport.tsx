import { useEffect } from 'react'
import { isCommand } from '../hooks'
import { useWords } from '../text/language'
import type { Player } from './use-player'

/** Play, pause, and every single frame: by hand, by slider, by key. */
export function Transport({ player, frames }: { player: Player; frames: number }) {
  const { gallery } = useWords()
  const { frame, isPlaying, show, toggle } = player

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        !isCommand(event) ||
        (event.target instanceof Element && event.target.closest('input, button, select, a'))
      )
        return
      if (event.key === ' ') toggle()
      else if (event.key === 'ArrowLeft') show(frame - 1)
      else if (event.key === 'ArrowRight') show(frame + 1)
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [frame, show, toggle])

  return (
    <div className="transport">
      <button type="button" aria-label={isPlaying ? gallery.pause : gallery.play} onClick={toggle}>
        <span aria-hidden="true">{isPlaying ? '❙❙' : '▶'}</span>
      </button>
      <button type="button" aria-label={gallery.previous} onClick={() => show(frame - 1)}>
        <span aria-hidden="true">‹</span>
      </button>
      <input
        type="range"
        min={0}
        max={frames - 1}
        value={frame}
        aria-label={gallery.frame}
        aria-valuetext={gallery.frameOf(frame + 1, frames)}
        onChange={(event) => show(Number(event.target.value))}
      />
      <button type="button" aria-label={gallery.next} onClick={() => show(frame + 1)}>
        <span aria-hidden="true">›</span>
      </button>
      <span className="numbers">{gallery.frameOf(frame + 1, frames)}</span>
    </div>
  )
}
