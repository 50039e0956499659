import { useState } from 'react'
import { examplesFor, type Example } from '../../catalogue/examples'
import { useReducedMotion } from '../hooks'
import { useWords } from '../text/language'

function Thumbnail({ file, isPlaying }: { file: string; isPlaying: boolean }) {
  const still = `examples/${file}.webp`
  const moving = `examples/${file}-moving.webp`
  return (
    <img src={isPlaying ? moving : still} alt="" width={56} height={56} loading="lazy" decoding="async" />
  )
}

function Card({ example, onChoose }: { example: Example; onChoose(): void }) {
  const [isNear, setNear] = useState(false)
  const isStill = useReducedMotion()
  const { prompt, thumbnail } = example
  return (
    <button
      type="button"
      className={thumbnail === undefined ? 'chip' : 'example'}
      onClick={onChoose}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
      onFocus={() => setNear(true)}
      onBlur={() => setNear(false)}
    >
      {thumbnail !== undefined && <Thumbnail file={thumbnail} isPlaying={isNear && !isStill} />}
      <span>{prompt}</span>
    </button>
  )
}

/** Recipes that were looked at: prompt and seed. Their pictures move when one comes near. */
export function Examples({
  modelId,
  onChoose,
}: {
  modelId: string | undefined
  onChoose(example: Example): void
}) {
  const words = useWords()
  return (
    <ul className="examples" aria-label={words.examples}>
      {examplesFor(modelId).map((example) => (
        <li key={example.prompt}>
          <Card example={example} onChoose={() => onChoose(example)} />
        </li>
      ))}
    </ul>
  )
}
