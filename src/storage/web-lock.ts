const NAME = 'zoetrope.store'
/** Milliseconds to wait, because a tab that closes releases its lock a moment later. */
const PATIENCE = 2_000

/** Releases the lock. */
export type Release = () => void

/** Becomes the store's only writer among all tabs; `undefined` where there is another. */
export async function takeWriterLock(): Promise<Release | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(
        NAME,
        { signal: AbortSignal.timeout(PATIENCE) },
        () => new Promise<void>((release) => resolve(release)),
      )
      .catch((error: unknown) =>
        error instanceof Error && /^(Timeout|Abort)Error$/.test(error.name)
          ? resolve(undefined)
          : reject(error),
      )
  })
}
