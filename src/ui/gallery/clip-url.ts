import { useEffect, useState } from 'react'
import type { Studio } from '../studio/studio'

/** The address of a clip's film; undefined until it is there. */
export function useClipUrl(studio: Studio, id: string): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    let isOver = false
    studio.clips.url(id).then(
      (found) => isOver || setUrl(found),
      (error: Error) => studio.announcer.say(error.message),
    )
    return () => {
      isOver = true
    }
  }, [studio, id])
  return url
}
