// Waits on browsers, drivers and disks have a limit and a way out: what never answers must not hold a page.

export interface Wait<T> {
  /** Milliseconds in which the machine is awake. */
  readonly ms: number
  /** The error of a wait that was too long. */
  late(): Error
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Takes what comes when nobody waits for it any more, so that it can be freed. */
  onUnclaimed?(value: T): void
}

/** A machine that slept for an hour has waited one beat. */
const BEAT = 1000

/**
 * The promise's value, if it comes in time.
 * @throws what `late` makes; the signal's reason; why the promise was rejected
 */
export function within<T>(promise: Promise<T>, { ms, late, signal, onUnclaimed }: Wait<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false
    let waited = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = (): void => {
      isOver = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const abort = (): void => {
      end()
      reject(signal?.reason as Error)
    }
    const wait = (): void => {
      const beat = Math.min(BEAT, ms - waited)
      timer = setTimeout(() => {
        waited += beat
        if (waited < ms) return wait()
        end()
        reject(late())
      }, beat)
    }
    promise.then(
      (value) => {
        if (isOver) return onUnclaimed?.(value)
        end()
        resolve(value)
      },
      (error: unknown) => {
        if (isOver) return
        end()
        reject(error as Error)
      },
    )
    if (signal?.aborted === true) return abort()
    signal?.addEventListener('abort', abort)
    if (ms < Infinity) wait()
  })
}
