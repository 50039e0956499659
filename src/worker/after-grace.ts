/** Milliseconds. A submit that runs on the GPU ends in less. */
const GRACE = 800

/**
 * What `work` gives. Where it has not ended so long after the signal was aborted, it is left to itself: it waits for
 * something that does not answer.
 * @param onLeft frees what the work holds
 * @throws the signal's reason, at the latest then
 */
export function afterGrace<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onLeft: () => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const wait = (): void => {
      timer = setTimeout(() => {
        onLeft()
        reject(signal.reason as Error)
      }, GRACE)
    }
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wait)
    }
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
    work.finally(end).then(resolve, reject)
  })
}
