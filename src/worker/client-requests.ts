// The page's side of a worker: numbered requests, each with one final reply. The engine and the store of models share it.
import { fromFailure, ZoetropeError } from '../protocol/errors'
import type { CancelCommand, FailedReply, Numbered } from '../protocol/requests'

/** Replies on the way; every other one is the last of its request. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['progress', 'preview'])

/** The part of `Worker` that is used. */
export interface WorkerPort<Command, Reply> {
  postMessage(command: Command): void
  addEventListener(type: 'message', listener: (event: { data: Reply }) => void): void
  addEventListener(type: 'error', listener: (event: { message?: string }) => void): void
  terminate(): void
}

/** A request before it has its number. */
export type Unnumbered<Request extends Numbered> = Request extends Numbered ? Omit<Request, 'id'> : never

export interface Requests<
  Request extends Numbered,
  Reply extends Numbered,
  Final extends Readonly<Record<Request['type'], Reply['type']>>,
> {
  /**
   * The final reply; those on the way go to `onReply`. After an abort the worker is told, and its answer is awaited.
   * @throws ZoetropeError
   */
  ask<Type extends Request['type']>(
    request: Extract<Unnumbered<Request>, { type: Type }>,
    options?: { signal?: AbortSignal | undefined; onReply?: (reply: Reply) => void },
  ): Promise<Extract<Reply, { type: Final[Type] }>>
  /** Ends the worker; what is open is rejected with `cancelled`. */
  close(): void
}

interface Pending<Reply> {
  onReply: ((reply: Reply) => void) | undefined
  settle(reply: Reply): void
  reject(error: ZoetropeError): void
}

/**
 * @param who could not run, in a sentence: "The engine"
 * @param cancelled what a request that was given up says
 */
export function connectWorker<
  Request extends Numbered,
  Reply extends Numbered,
  Final extends Readonly<Record<Request['type'], Reply['type']>>,
>(
  worker: WorkerPort<Request | CancelCommand, Reply | FailedReply>,
  { who, cancelled }: { who: string; cancelled: string },
): Requests<Request, Reply, Final> {
  const pending = new Map<number, Pending<Reply | FailedReply>>()
  const givenUp = (): ZoetropeError => new ZoetropeError('cancelled', cancelled)
  let lastId = 0

  const failAll = (error: ZoetropeError): void => {
    for (const request of pending.values()) request.reject(error)
    pending.clear()
  }

  worker.addEventListener('message', ({ data: reply }) => {
    const request = pending.get(reply.id)
    if (request === undefined) return
    if (ON_THE_WAY.has(reply.type)) return request.onReply?.(reply)
    pending.delete(reply.id)
    request.settle(reply)
  })
  worker.addEventListener('error', ({ message }) => {
    failAll(
      new ZoetropeError(
        'internal',
        `${who} could not run${message ? `: ${message}` : ''}. Reload this page.`,
      ),
    )
  })

  return {
    ask: (request, { signal, onReply } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(givenUp())
        const id = ++lastId
        const cancel = (): void => worker.postMessage({ type: 'cancel', id })
        signal?.addEventListener('abort', cancel, { once: true })
        const done = (): void => signal?.removeEventListener('abort', cancel)
        pending.set(id, {
          onReply: onReply as Pending<Reply | FailedReply>['onReply'], // a failure is never on the way
          settle: (reply) => {
            done()
            if (isFailed(reply)) reject(fromFailure(reply.failure))
            else resolve(reply as never) // the worker answers a command with its own final reply
          },
          reject: (error) => {
            done()
            reject(error)
          },
        })
        worker.postMessage({ ...request, id } as unknown as Request)
      }),
    close: () => {
      worker.terminate()
      failAll(givenUp())
    },
  }
}

function isFailed(reply: Numbered): reply is FailedReply {
  return reply.type === 'failed'
}
