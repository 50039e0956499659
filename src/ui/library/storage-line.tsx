import type { StorageRoom } from '../../worker/store-client'
import { formatBytes } from '../words'

/** What the downloads take, what is left, and whether the browser may throw them away. */
export function StorageLine({
  room,
  wasRefused,
  onPersist,
}: {
  room: StorageRoom | undefined
  wasRefused: boolean
  onPersist(): void
}) {
  if (room === undefined) return null
  const { usedBytes, freeBytes, isPersisted } = room
  return (
    <div className="storage">
      <p>
        {formatBytes(usedBytes)} used in this browser, about {formatBytes(freeBytes)} free.{' '}
        {isPersisted
          ? 'Kept until you delete it.'
          : wasRefused
            ? 'This browser does not promise to keep it; installing the page often helps.'
            : 'The browser may clear it when space runs short.'}
      </p>
      {!isPersisted && (
        <button type="button" className="quiet-link" onClick={onPersist}>
          Ask to keep it
        </button>
      )}
    </div>
  )
}
