import { useReducedMotion } from '../hooks'
import { useWords } from '../text/language'

/** The film. It plays by itself, but for people who asked for less motion. */
export function Picture({ url, prompt }: { url: string; prompt: string }) {
  const words = useWords()
  const isStill = useReducedMotion()
  // Muted, or browsers would not start it by themselves; it has no sound anyway.
  return (
    <video
      key={url}
      className="picture"
      src={url}
      aria-label={words.stage.video(prompt)}
      autoPlay={!isStill}
      loop
      muted
      playsInline
      controls
    />
  )
}
