import { useEffect, useRef, useState } from 'react'
import type { PreviewImage } from '../../protocol/progress'
import { useReducedMotion } from '../hooks'
import { useWords } from '../text/language'

export interface PreviewProps {
  preview: PreviewImage
  framesPerSecond: number
}

/**
 * The latents of the clip so far, played in a loop; for who asked for less motion it stands still until it is played.
 */
export function PreviewCanvas({ preview, framesPerSecond }: PreviewProps) {
  const words = useWords()
  const canvas = useRef<HTMLCanvasElement>(null)
  const isStill = useReducedMotion()
  const [choice, setChoice] = useState<boolean>()
  const isPlaying = choice ?? !isStill

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const draw = (): void => {
      // The clock decides, not a counter: a new preview goes on where the last one was.
      const at = isPlaying ? Math.floor((performance.now() / 1000) * framesPerSecond) : 0
      const pixels = preview.rgba[at % preview.frames]
      if (pixels !== undefined)
        context.putImageData(new ImageData(pixels, preview.width, preview.height), 0, 0)
    }
    draw()
    if (!isPlaying) return
    const timer = setInterval(draw, 1000 / framesPerSecond)
    return () => clearInterval(timer)
  }, [preview, framesPerSecond, isPlaying])

  return (
    <>
      <canvas
        ref={canvas}
        className="picture preview"
        width={preview.width}
        height={preview.height}
        role="img"
        aria-label={words.stage.preview}
      />
      <button
        type="button"
        className="on-picture"
        aria-label={isPlaying ? words.stage.pausePreview : words.stage.playPreview}
        title={isPlaying ? words.stage.pausePreview : words.stage.playPreview}
        onClick={() => setChoice(!isPlaying)}
      >
        <span aria-hidden="true">{isPlaying ? '❙❙' : '▶'}</span>
      </button>
    </>
  )
}
