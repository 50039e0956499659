// The page's side of a worker: numbered requests, each with one final reply. The engine and the store of models share
// it.
import { asZoetropeError, fromFailure, ZoetropeError } from '../protocol/errors'
import type { CancelCommand, FailedReply, Numbered, ReadyReply } from '../protocol/requests'
import { within } from '../protocol/within'

/** Intermediate replies; every other one is final. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['progress', 'preview', 'frame', 'piece', 'kept'])

/** Milliseconds. */
export interface Patience {
  /** Until the first word of a worker: its script is loaded and runs. */
  readonly start: number
  /** From a cancel until a worker has stopped; one that has not is ended, and another takes its place. */
  readonly stop: number
  /** The same for a worker of which nothing was heard yet. */
  readonly stopUnheard: number
}

const PATIENCE: Patience = { start: 30_000, stop: 5_000, stopUnheard: 500 }

/** The used part of `Worker`. */
export interface WorkerPort<Command, Reply> {
  postMessage(command: Command): void
  addEventListener(type: 'message', listener: (event: { data: Reply }) => void): void
  addEventListener(type: 'error' | 'messageerror', listener: (event: { message?: string }) => void): void
  terminate(): void
}

/** A request without its number. */
export type Unnumbered<Request extends Numbered> = Request extends Numbered ? Omit<Request, 'id'> : never

export interface Requests<
  Request extends Numbered,
  Reply extends Numbered,
  Final extends Readonly<Record<Request['type'], Reply['type']>>,
  Notice = never,
> {
  /**
   * The final reply; those on the way go to `onReply`. After an abort the worker gets a message, and its answer is
   * awaited, but not for long.
   * @throws ZoetropeError
   */
  ask<Type extends Request['type']>(
    request: Extract<Unnumbered<Request>, { type: Type }>,
    options?: { signal?: AbortSignal | undefined; onReply?: (reply: Reply) => void },
  ): Promise<Extract<Reply, { type: Final[Type] }>>
  /** Sends what has no reply, to a worker that runs. */
  notify(notice: Notice): void
  /** Ends the worker for good: open requests are rejected with `cancelled`, and later ones too. */
  close(): void
}

export interface WorkerOptions {
  /** Could not run, in a sentence: "The engine". */
  who: string
  /** The message of a request that was given up. */
  cancelled: string
  /** Calls back when the worker was ended and will be started anew: it has forgotten all. */
  onReplaced?: () => void
  patience?: Partial<Patience>
}

interface Pending<Reply> {
  onReply: ((reply: Reply) => void) | undefined
  settle(reply: Reply): void
  reject(error: ZoetropeError): void
}

/** One worker, from its start to its end. */
interface Line<Command> {
  post(command: Command): void
  /** Something came from it. */
  wasHeard: boolean
  end(): void
}

/** @param start a worker; called again where one did not start, broke, or did not stop when it should have */
export function connectWorker<
  Request extends Numbered,
  Reply extends Numbered,
  Final extends Readonly<Record<Request['type'], Reply['type']>>,
  Notice = never,
>(
  start: () => WorkerPort<Request | CancelCommand | Notice, Reply | FailedReply | ReadyReply>,
  { who, cancelled, onReplaced, patience }: WorkerOptions,
): Requests<Request, Reply, Final, Notice> {
  const limits = { ...PATIENCE, ...patience }
  const pending = new Map<number, Pending<Reply | FailedReply>>()
  const givenUp = (): ZoetropeError => new ZoetropeError('cancelled', cancelled)
  const notStarted = (why: string): ZoetropeError =>
    new ZoetropeError(
      'engine-missing',
      `${who} did not start: ${why}. Check the connection and try again; if the site was updated meanwhile, reload this page.`,
    )
  let line: Line<Request | CancelCommand | Notice> | undefined
  let isClosed = false
  let lastId = 0

  /** Ends the worker, and with it all that was asked of it. The next request starts another. */
  const replace = (own: Line<Request | CancelCommand | Notice>, error: ZoetropeError): void => {
    own.end()
    if (line !== own) return
    line = undefined
    const open = [...pending.values()]
    pending.clear()
    onReplaced?.()
    for (const request of open) request.reject(error)
  }

  const connect = (): Line<Request | CancelCommand | Notice> => {
    const worker = start()
    const ended = new AbortController()
    let hear = (): void => undefined
    const own: Line<Request | CancelCommand | Notice> = {
      post: (command) => worker.postMessage(command),
      wasHeard: false,
      end: () => {
        ended.abort()
        worker.terminate()
      },
    }
    within(new Promise<void>((resolve) => (hear = resolve)), {
      ms: limits.start,
      late: () => notStarted(`its script did not load within ${limits.start / 1000} s`),
      signal: ended.signal,
    }).catch((error: unknown) => {
      if (!ended.signal.aborted && error instanceof ZoetropeError) replace(own, error)
    })
    worker.addEventListener('message', ({ data: reply }) => {
      own.wasHeard = true
      hear()
      if (isReady(reply)) return
      const request = pending.get(reply.id)
      if (request === undefined || line !== own) return
      if (ON_THE_WAY.has(reply.type)) return request.onReply?.(reply)
      if (isFailed(reply) && reply.failure.code === 'engine-broken')
        return replace(own, fromFailure(reply.failure))
      pending.delete(reply.id)
      request.settle(reply)
    })
    const broke = ({ message }: { message?: string }): void => {
      const why = message ? `: ${message}` : ''
      replace(
        own,
        own.wasHeard
          ? new ZoetropeError(
              'internal',
              `${who} broke down${why}. Try again; if that does not help, reload this page.`,
            )
          : notStarted(message ?? 'its script is missing or damaged'),
      )
    }
    worker.addEventListener('error', broke)
    worker.addEventListener('messageerror', broke)
    return own
  }

  line = connect() // its script loads while the page builds up

  return {
    ask: (request, { signal, onReply } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(givenUp())
        if (isClosed) return reject(new ZoetropeError('cancelled', `${who} was closed. Open it again first.`))
        const own = (line ??= connect())
        const id = ++lastId
        let deaf: ReturnType<typeof setTimeout> | undefined
        const cancel = (): void => {
          own.post({ type: 'cancel', id })
          deaf = setTimeout(() => replace(own, givenUp()), own.wasHeard ? limits.stop : limits.stopUnheard)
        }
        signal?.addEventListener('abort', cancel, { once: true })
        const done = (): void => {
          clearTimeout(deaf)
          signal?.removeEventListener('abort', cancel)
        }
        const asked: Pending<Reply | FailedReply> = {
          onReply: onReply as Pending<Reply | FailedReply>['onReply'], // a failure is never intermediate
          settle: (reply) => {
            done()
            if (isFailed(reply)) reject(fromFailure(reply.failure))
            else resolve(reply as never) // the worker answers a command with its own final reply
          },
          reject: (error) => {
            done()
            reject(error)
          },
        }
        pending.set(id, asked)
        try {
          own.post({ ...request, id } as unknown as Request)
        } catch (error) {
          pending.delete(id) // it cannot be sent, as a function cannot
          asked.reject(asZoetropeError(error))
        }
      }),
    notify: (notice) => line?.post(notice),
    close: () => {
      isClosed = true
      if (line !== undefined) replace(line, givenUp())
    },
  }
}

function isFailed(reply: Numbered): reply is FailedReply {
  return reply.type === 'failed'
}

function isReady(reply: Numbered): reply is ReadyReply {
  return reply.type === 'ready'
}
