const NAME = 'zoetrope.store'
/** A tab that is being closed lets go of its lock a moment later. */
const PATIENCE = 2_000

/** Lets go of the lock. */
export type Release = () => void

/** The one writer of the store, of all tabs; `undefined` where another one is. */
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
