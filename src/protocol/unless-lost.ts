// Waits that a loss ends. `Promise.race` with a promise that stays open for hours keeps every race, and what came of it,
// for as long as that.

type Reject = (reason: unknown) => void

interface Waiting {
  readonly rejects: Set<Reject>
  /** Already lost. */
  reason?: { readonly value: unknown }
}

const WAITING = new WeakMap<Promise<never>, Waiting>()

function waitingFor(lost: Promise<never>): Waiting {
  const known = WAITING.get(lost)
  if (known) return known
  const waiting: Waiting = { rejects: new Set() }
  WAITING.set(lost, waiting)
  lost.catch((value: unknown) => {
    waiting.reason = { value }
    for (const reject of waiting.rejects) reject(value)
    waiting.rejects.clear()
  })
  return waiting
}

/**
 * Settles like `promise`, or as `lost` rejects, whichever comes first. Nothing is kept of it afterwards.
 * @param lost the same promise each time: one for each thing that can be lost
 */
export function unlessLost<T>(promise: Promise<T>, lost: Promise<never>): Promise<T> {
  const waiting = waitingFor(lost)
  if (waiting.reason) return Promise.race([promise, lost]) // over at once
  return new Promise((resolve, reject) => {
    waiting.rejects.add(reject)
    const end = (): boolean => waiting.rejects.delete(reject)
    promise.then(
      (value) => {
        end()
        resolve(value)
      },
      (error: unknown) => {
        end()
        reject(error as Error)
      },
    )
  })
}
