import { useEffect, useRef } from 'react'
import type { PreviewImage } from '../protocol/progress'

/** The latents of the clip so far, played in a loop. */
export function PreviewCanvas({
  preview,
  framesPerSecond,
}: {
  preview: PreviewImage
  framesPerSecond: number
}) {
  const canvas = useRef<HTMLCanvasElement>(null)

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const draw = (): void => {
      // The clock decides, not a counter: a new preview goes on where the last one was.
      const frame = Math.floor((performance.now() / 1000) * framesPerSecond) % preview.frames
      const pixels = preview.rgba[frame]
      if (pixels !== undefined)
        context.putImageData(new ImageData(pixels, preview.width, preview.height), 0, 0)
    }
    draw()
    const timer = setInterval(draw, 1000 / framesPerSecond)
    return () => clearInterval(timer)
  }, [preview, framesPerSecond])

  return (
    <canvas
      ref={canvas}
      className="picture preview"
      width={preview.width}
      height={preview.height}
      role="img"
      aria-label="Preview of the video so far"
    />
  )
}
