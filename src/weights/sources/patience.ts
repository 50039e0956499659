// How long a server is borne with: what a later try may mend, and how often it is tried.
import { WeightsError } from '../error'

export interface HttpOptions {
  readonly signal?: AbortSignal | undefined
  /** Waits that many milliseconds, or until the signal; for tests. */
  readonly pause?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined
  /** Of a server that answers, but not with the bytes. */
  readonly tries?: number | undefined
  /** Of a server that gives no answer, or falls silent; as `tries` unless given. */
  readonly silentTries?: number | undefined
  /** Answers that would end a read, and are asked for again first; none unless given. */
  readonly oddAnswers?: number | undefined
  /** Of the browser; none unless given. */
  readonly cache?: RequestCache | undefined
  /** Milliseconds without a byte after which a request is given up. */
  readonly idle?: number | undefined
  /** The problem that is waited out, when a wait begins; `undefined` when bytes come again. */
  readonly onWait?: ((problem: string | undefined) => void) | undefined
}

/** A failure that a later try, after `wait` milliseconds, may overcome. */
export class Transient {
  constructor(
    readonly problem: string,
    readonly after?: number,
  ) {}

  /** The advice after the last try. */
  get advice(): string {
    return 'Check the connection and try again.'
  }
}

export const isOffline = (): boolean => globalThis.navigator?.onLine === false

/** A page does not learn why: a line that is down and a server without CORS headers look alike. */
export class NoAnswer extends Transient {
  override get advice(): string {
    return isOffline()
      ? 'This device has no network: connect it and try again.'
      : 'Check the connection. If other pages load, this server may not let web pages read its files (it sends no Access-Control-Allow-Origin): give another address, or download the file yourself and choose it from the disk.'
  }
}

/** The connection is open, and nothing arrives. */
class Silence extends NoAnswer {
  override get advice(): string {
    return 'Check the connection and try again.'
  }
}

const TRIES = 5
const FIRST_PAUSE = 400
const LONGEST_PAUSE = 60_000
/** Milliseconds after which a network that is back is noticed without an event. */
const LONGEST_SILENCE = 30_000
/** Half a day of them. */
export const OFFLINE_TRIES = 1440

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      globalThis.removeEventListener?.('online', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done)
    globalThis.addEventListener?.('online', done)
  })
}

/** Of one request and its repetitions. */
export class Patience {
  private wrong = 0
  private silent = 0
  private odd = 0

  constructor(
    private readonly name: string,
    private readonly options: HttpOptions,
  ) {}

  /** Bytes arrived, so earlier failures no longer count. */
  reset(): void {
    if (this.silent + this.wrong + this.odd > 0) this.options.onWait?.(undefined)
    this.wrong = this.silent = this.odd = 0
  }

  /**
   * Waits before the next try.
   * @param start the byte from which on nothing could be read
   * @throws the error where a later try mends nothing; WeightsError after the last one; the signal's reason
   */
  async wait(error: unknown, start: number): Promise<void> {
    const { signal, pause = sleep, tries = TRIES, silentTries = tries, oddAnswers = 0, onWait } = this.options
    if (error instanceof WeightsError && this.odd < oddAnswers) {
      this.odd += 1
      onWait?.(error.message)
      return this.sleep(pause, FIRST_PAUSE * 2 ** this.odd, signal)
    }
    if (!(error instanceof Transient)) throw error
    const isSilent = error instanceof NoAnswer
    const attempt = isSilent ? ++this.silent : ++this.wrong
    const most = !isSilent ? tries : isOffline() ? Math.max(silentTries, OFFLINE_TRIES) : silentTries
    const longest = isSilent && most > tries ? LONGEST_SILENCE : LONGEST_PAUSE
    const wait = error.after ?? Math.min(FIRST_PAUSE * 2 ** Math.min(attempt - 1, 20), longest)
    if (attempt >= most || wait > LONGEST_PAUSE) {
      const later = wait > LONGEST_PAUSE ? ` It asks to wait ${Math.round(wait / 1000)} s.` : ''
      throw new WeightsError(
        this.name,
        `${this.name} could not be read from byte ${start} on: ${error.problem}, at try ${attempt} of ${most}.${later} ${error.advice}`,
        'model-missing',
      )
    }
    onWait?.(error.problem)
    return this.sleep(pause, wait, signal)
  }

  private async sleep(
    pause: NonNullable<HttpOptions['pause']>,
    milliseconds: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await pause(milliseconds, signal)
    signal?.throwIfAborted()
  }
}

const IDLE = 30_000

/**
 * What the promise gives; `give up` is called, and it is a silence, where that takes longer than a server may be
 * idle.
 */
export async function withinIdle<Value>(
  promise: Promise<Value>,
  { idle = IDLE }: HttpOptions,
  giveUp: () => void,
  what: string,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Silence(`${what} for ${idle >= 1000 ? `${Math.round(idle / 1000)} s` : `${idle} ms`}`))
      giveUp()
    }, idle)
  })
  try {
    return await Promise.race([promise, tooLong])
  } finally {
    clearTimeout(timer)
  }
}
