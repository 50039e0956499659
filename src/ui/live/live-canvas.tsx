import { useEffect, useRef } from 'react'
import type { LiveFrame } from '../../protocol/live'
import type { Session } from '../session-state'
import { useWords } from '../text/language'
import { FramePlayer } from './frame-player'

/** As the encoder takes them. */
const COLOURS: VideoColorSpaceInit = {
  primaries: 'bt709',
  transfer: 'bt709',
  matrix: 'bt709',
  fullRange: false,
}

function drawOn(canvas: HTMLCanvasElement, { width, height, i420 }: LiveFrame): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const frame = new VideoFrame(i420, {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp: 0,
    colorSpace: COLOURS,
  })
  canvas.getContext('2d')?.drawImage(frame, 0, 0)
  frame.close()
}

/** The film while it is made. */
export function LiveCanvas({
  session,
  fps,
  chunkFrames,
}: {
  session: Session
  fps: number
  chunkFrames: number
}) {
  const words = useWords()
  const canvas = useRef<HTMLCanvasElement>(null)

  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    const player = new FramePlayer({
      fps,
      chunkFrames,
      draw: (frame) => drawOn(element, frame),
      onWatched: (watched) => session.change({ watched }),
    })
    const clock = (): number => performance.now() / 1000
    const forget = session.watch((frame) => player.push(frame, clock()))
    let request = 0
    let before = ''
    const tick = (): void => {
      player.tick(clock())
      const { playing, speed, buffered } = player
      const now = `${playing} ${speed?.toFixed(2) ?? ''} ${buffered}`
      if (now !== before) session.reportPlaying({ playing, speed, buffered })
      before = now
      request = requestAnimationFrame(tick)
    }
    request = requestAnimationFrame(tick)
    return () => {
      cancelAnimationFrame(request)
      forget()
    }
  }, [session, fps, chunkFrames])

  return <canvas ref={canvas} className="picture live" role="img" aria-label={words.live.film} />
}
