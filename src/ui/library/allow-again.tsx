import type { DiskSet } from './disk-memory'

/** Browsers ask anew on each visit before a page may read the disk, and only after a press. */
export function AllowAgain({
  set,
  trouble,
  onAllow,
  onChoose,
}: {
  set: DiskSet
  trouble: string | undefined
  onAllow(): void
  onChoose(): void
}) {
  return (
    <div className="notice">
      <h2>{set.title} is on your disk</h2>
      <p>{trouble ?? 'The browser wants to hear it again before this page may read the files.'}</p>
      <button type="button" className="primary quiet" onClick={onAllow}>
        Allow reading again
      </button>{' '}
      <button type="button" className="primary quiet" onClick={onChoose}>
        Other models
      </button>
    </div>
  )
}
