import { useEffect, useRef } from 'react'
import type { Studio } from '../studio/studio'
import type { Words } from '../text/en'

/** Takes over films that an earlier visit was making when its page closed, once, when the page opens. */
export function useRescue({ clips, announcer }: Studio, words: Words): void {
  const text = useRef(words.live.rescued)
  useEffect(() => {
    void clips.rescue().then((count) => {
      if (count > 0) announcer.say(text.current)
    })
  }, [clips, announcer])
}
