import type { StorageQuota } from '../../worker/store-client'
import { useWords } from '../text/language'

/** What models and clips take, what the page itself takes, what is left, and whether the browser may throw them away. */
export function StorageLine({
  quota,
  wasRefused,
  onPersist,
}: {
  quota: StorageQuota | undefined
  wasRefused: boolean
  onPersist(): void
}) {
  const { models, bytes } = useWords()
  if (quota === undefined) return null
  const { usedBytes, freeBytes, cacheBytes, isPersisted } = quota
  return (
    <div className="storage">
      <p>
        {cacheBytes === undefined
          ? models.room(bytes(usedBytes), bytes(freeBytes))
          : models.roomWithPage(bytes(usedBytes), bytes(cacheBytes), bytes(freeBytes))}{' '}
        {isPersisted ? models.isKept : wasRefused ? models.notKept : models.mayGo}
      </p>
      {!isPersisted && (
        <button type="button" className="quiet-link" onClick={onPersist}>
          {models.askKeep}
        </button>
      )}
    </div>
  )
}
