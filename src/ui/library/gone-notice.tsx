import { useWords } from '../text/language'
import type { DiskSet } from './disk-memory'

/** The model of the last visit cannot be found: the page asks what to do, and takes no other in silence. */
export function GoneNotice({
  set,
  error,
  onChoose,
  onUseBundled,
}: {
  set: DiskSet
  error: string | undefined
  onChoose(): void
  onUseBundled(): void
}) {
  const { models } = useWords()
  return (
    <div className="notice" role="alert">
      <h2>{models.goneTitle(set.title)}</h2>
      <p>{error ?? models.goneText}</p>
      <div className="notice-buttons">
        <button type="button" className="primary quiet" onClick={onChoose}>
          {models.chooseAgain}
        </button>
        <button type="button" className="primary quiet" onClick={onUseBundled}>
          {models.useMini}
        </button>
      </div>
    </div>
  )
}
