import { useCallback, useEffect, useState } from 'react'
import { useStore } from '../hooks'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'

/** Deleted clips that still take room, and how to be rid of them at once. */
export function DeletedClips({ studio: { clips, files, announcer } }: { studio: Studio }) {
  const { help } = useWords()
  const { clips: shown } = useStore(clips)
  const [count, setCount] = useState(0)
  const look = useCallback(async (): Promise<void> => {
    const { clips: all } = await files.list()
    setCount(all.filter(({ deletedAt }) => deletedAt !== undefined).length)
  }, [files])
  useEffect(() => void look().catch(() => undefined), [look, shown])
  const clear = (): Promise<void> =>
    announcer.attempt(async () => {
      await files.purge(Date.now() + 1)
      await look()
    })
  if (count === 0) return null
  return (
    <div className="storage">
      <p>{help.deletedClips(count)}</p>
      <button type="button" className="quiet-link" onClick={() => void clear()}>
        {help.deleteForGood}
      </button>
    </div>
  )
}
