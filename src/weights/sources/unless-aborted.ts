/**
 * Settles like `promise`, or rejects with the signal's reason as soon as it aborts: a slow disk or server must not
 * delay a cancel.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  promise.catch(() => undefined) // Where the signal has aborted already, nobody else would handle it.
  signal.throwIfAborted()
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Runs `body` with a signal that follows `signal` only while `body` runs. */
export async function meanwhile<T>(
  signal: AbortSignal | undefined,
  body: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return body(undefined)
  signal.throwIfAborted()
  const own = new AbortController()
  const stop = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await body(own.signal)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
