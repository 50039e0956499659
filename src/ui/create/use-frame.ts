import { useEffect, useState } from 'react'

/** A picture of a file at a moment. */
export interface Frame {
  readonly image: CanvasImageSource
  readonly width: number
  readonly height: number
}

/** The longest side that is painted on. */
const MOST_PIXELS = 1280

function fitted(image: CanvasImageSource, width: number, height: number): Frame {
  const scale = Math.min(1, MOST_PIXELS / Math.max(width, height))
  return {
    image,
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  }
}

function once(target: EventTarget, name: string): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  const came = new Promise<void>((resolve, reject) => {
    target.addEventListener(name, () => resolve(), { signal })
    target.addEventListener('error', () => reject(new Error('The video cannot be shown.')), { signal })
  })
  return came.finally(() => over.abort())
}

/** What a video or a picture shows at a moment from 0 to 1; undefined until it is there, null where it cannot be. */
export function useFrame(file: File, moment: number): Frame | null | undefined {
  const [video, setVideo] = useState<HTMLVideoElement>()
  const [frame, setFrame] = useState<Frame | null>()

  useEffect(() => {
    if (!file.type.startsWith('video/')) {
      let isOver = false
      createImageBitmap(file).then(
        (bitmap) => isOver || setFrame(fitted(bitmap, bitmap.width, bitmap.height)),
        () => isOver || setFrame(null),
      )
      return () => {
        isOver = true
      }
    }
    const element = document.createElement('video')
    const url = URL.createObjectURL(file)
    element.muted = true
    element.preload = 'auto'
    element.src = url
    const ready = once(element, 'loadeddata')
    ready.then(
      () => setVideo(element),
      () => setFrame(null),
    )
    return () => {
      element.removeAttribute('src')
      URL.revokeObjectURL(url)
    }
  }, [file])

  useEffect(() => {
    if (video === undefined) return
    let isOver = false
    const show = (): void => {
      if (!isOver) setFrame(fitted(video, video.videoWidth, video.videoHeight))
    }
    // A moment before the end: at the end itself some browsers show nothing.
    const time = Math.max(0, Math.min(video.duration - 0.02, moment * video.duration))
    if (Math.abs(video.currentTime - time) < 1e-3) show()
    else {
      void once(video, 'seeked').then(show, () => setFrame(null))
      video.currentTime = time
    }
    return () => {
      isOver = true
    }
  }, [video, moment])

  return frame
}
