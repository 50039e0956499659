// One or two films under one hand: a frame number, play and pause, in step with each other.
import { useCallback, useEffect, useRef, useState, type RefCallback } from 'react'

export interface Player {
  /** For the video elements, in order. */
  attach(index: number): RefCallback<HTMLVideoElement>
  /** From zero. */
  frame: number
  isPlaying: boolean
  show(frame: number): void
  toggle(): void
  /** Seconds into the first film. */
  seconds(): number
}

/** The middle of a frame: its edges belong to both neighbours. */
function timeOf(frame: number, fps: number): number {
  return (frame + 0.5) / fps
}

export function usePlayer(fps: number, frames: number, playsAtOnce: boolean): Player {
  const videos = useRef<(HTMLVideoElement | null)[]>([])
  const attachers = useRef<RefCallback<HTMLVideoElement>[]>([])
  const [attached, setAttached] = useState(0)
  const [frame, setFrame] = useState(0)
  const [isPlaying, setPlaying] = useState(playsAtOnce)

  const all = useCallback((): HTMLVideoElement[] => videos.current.filter((video) => video !== null), [])

  useEffect(() => {
    const [first, ...others] = all()
    if (first === undefined) return
    if (!isPlaying) {
      for (const video of all()) video.pause()
      return
    }
    for (const video of all()) void video.play().catch(() => setPlaying(false))
    let request = 0
    const follow = (): void => {
      const now = first.currentTime
      setFrame(Math.min(frames - 1, Math.floor(now * fps)))
      for (const other of others)
        if (Math.abs(other.currentTime - now) > 1 / fps)
          other.currentTime = Math.min(now, other.duration || now)
      request = requestAnimationFrame(follow)
    }
    request = requestAnimationFrame(follow)
    return () => cancelAnimationFrame(request)
  }, [all, isPlaying, attached, fps, frames])

  return {
    attach: (index) =>
      (attachers.current[index] ??= (video) => {
        videos.current[index] = video
        setAttached((count) => count + 1)
      }),
    frame,
    isPlaying,
    show(wanted) {
      const next = Math.max(0, Math.min(frames - 1, wanted))
      setPlaying(false)
      setFrame(next)
      for (const video of all()) {
        video.pause() // at once: the effect comes later, and what plays goes past the frame
        video.currentTime = timeOf(next, fps)
      }
    },
    toggle: () => setPlaying((before) => !before),
    seconds: () => timeOf(frame, fps),
  }
}
