import { useWords } from '../text/language'
import type { DiskSet } from './disk-memory'

/** Browsers ask anew on each visit before a page may read the disk, and only after a press. */
export function AllowAgain({
  set,
  error,
  onAllow,
  onChoose,
}: {
  set: DiskSet
  error: string | undefined
  onAllow(): void
  onChoose(): void
}) {
  const { models } = useWords()
  return (
    <div className="notice">
      <h2>{models.allowTitle(set.title)}</h2>
      <p>{error ?? models.allowText}</p>
      <div className="notice-buttons">
        <button type="button" className="primary quiet" onClick={onAllow}>
          {models.allow}
        </button>
        <button type="button" className="primary quiet" onClick={onChoose}>
          {models.other}
        </button>
      </div>
    </div>
  )
}
