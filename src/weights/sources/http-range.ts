// One part of a file by HTTP, or an error: never a byte that the server did not say belongs there.
import { WeightsError } from '../error'

/** What must stay the same from part to part. */
export interface HttpFile {
  readonly name: string
  readonly url: string
  /** Bytes of the whole file; `undefined` until an answer has told. */
  readonly size?: number | undefined
  readonly etag?: string | null | undefined
}

export interface HttpPart {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly size: number
  readonly etag: string | null
}

export interface HttpOptions {
  readonly signal?: AbortSignal | undefined
  /** Waits so many milliseconds, or until the signal; for tests. */
  readonly pause?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined
  readonly tries?: number | undefined
}

/** What a later try may mend, after so many milliseconds. */
export class Transient {
  constructor(
    readonly problem: string,
    readonly after?: number,
  ) {}

  /** What to do when no try has mended it. */
  get advice(): string {
    return 'Check the connection and try again.'
  }
}

/** A page is not told why: a line that is down and a server without CORS headers look alike. */
export class NoAnswer extends Transient {
  override get advice(): string {
    return 'Check the connection. If other pages load, this server may not let web pages read its files (it sends no Access-Control-Allow-Origin): give another address, or download the file yourself and choose it from the disk.'
  }
}

const TRIES = 5
const FIRST_PAUSE = 400
const LONGEST_PAUSE = 60_000

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Retry-After as milliseconds: seconds, or a date. */
function retryAfter(response: Response): number | undefined {
  const text = response.headers.get('retry-after')
  if (text === null) return undefined
  const milliseconds = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds)
}

function refuse({ name }: HttpFile, { status }: Response): never {
  if (status === 404 || status === 410)
    throw new WeightsError(
      name,
      `${name} is not on the server: it answered ${status}. Check the address or give another one, or choose a file from your disk.`,
      'model-missing',
    )
  if (status === 401 || status === 403)
    throw new WeightsError(
      name,
      `${name} is not given out: the server answered ${status}. It may need a log-in; download the file yourself and choose it from the disk.`,
      'model-missing',
    )
  throw new WeightsError(name, `${name} could not be loaded: the server answered ${status}.`)
}

/** Size of the whole file, from an answer that must hold `[start, end]`. */
export function checkAnswer(file: HttpFile, response: Response, start: number, end: number): number {
  const { name } = file
  const fail = (found: string): never => {
    throw new WeightsError(name, `${name}: bytes ${start} to ${end} were asked for, and the server ${found}.`)
  }
  const changed = (): never =>
    fail('has another file now than when it was opened; it changed while it was read. Open the model again')
  if (response.status === 200 && response.headers.get('content-type')?.startsWith('text/html'))
    fail(
      'sent a web page. The link may need a log-in; download the file yourself and choose it from the disk',
    )
  if (response.status === 416)
    return file.size === undefined ? fail('has none: the file is empty. Load it again') : changed()
  if (response.status === 200)
    fail(
      'sent the whole file (200): it does not serve parts. Use one that answers range requests, as npm run generate and npm start do',
    )
  if (response.status !== 206) refuse(file, response)
  const range = response.headers.get('content-range')
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range ?? '') ?? []
  if (first === undefined)
    return fail(
      range === null
        ? 'does not say which it sent, or not to web pages (no Content-Range, or none that Access-Control-Expose-Headers names). Give another address, or download the file yourself and choose it from the disk'
        : `sent "${range}", which is no range of bytes`,
    )
  if (file.size !== undefined && Number(total) !== file.size) return changed()
  if (Number(first) !== start || Number(last) !== end) fail(`sent ${first} to ${last} of ${total}`)
  if (file.etag !== undefined && response.headers.get('etag') !== file.etag) changed()
  return Number(total)
}

/** Exactly `length` bytes of a body; the rest of a longer one is not read. */
async function readBody(
  { name }: HttpFile,
  response: Response,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  const reader = response.body?.getReader()
  let filled = 0
  while (reader) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new Transient(
        `the line broke after ${filled} of ${length} bytes (${error instanceof Error ? error.message : String(error)})`,
      )
    })
    if (done) break
    if (filled + value.length > length) {
      void reader.cancel().catch(() => undefined)
      throw new WeightsError(
        name,
        `${name}: the server sent more than the ${length} bytes that were asked for.`,
      )
    }
    bytes.set(value, filled)
    filled += value.length
  }
  if (filled < length) throw new Transient(`${filled} of ${length} bytes came`)
  return bytes
}

/** Hands on what `use` makes of the answer; what it leaves of the body is not read. @throws Transient where no answer came, or a busy one */
export async function request<Result>(
  file: HttpFile,
  range: string | undefined,
  signal: AbortSignal | undefined,
  use: (response: Response) => Promise<Result>,
): Promise<Result> {
  const response = await fetch(file.url, {
    ...(range !== undefined && { headers: { range } }),
    cache: 'no-store', // gigabytes, which belong in no cache
    referrerPolicy: 'no-referrer',
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw new NoAnswer(`no answer came (${error instanceof Error ? error.message : String(error)})`)
  })
  try {
    if (response.status === 429 || response.status >= 500)
      throw new Transient(`the server answered ${response.status}`, retryAfter(response))
    return await use(response)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    if (response.body?.locked === false) void response.body.cancel().catch(() => undefined)
  }
}

/** Waits before try number `attempt + 1`. @throws the error where a later try mends nothing; WeightsError after the last one */
export async function waitAfter(
  error: unknown,
  { name }: HttpFile,
  start: number,
  attempt: number,
  { signal, pause = sleep, tries = TRIES }: HttpOptions,
): Promise<void> {
  if (!(error instanceof Transient)) throw error
  const wait = error.after ?? Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
  if (attempt >= tries || wait > LONGEST_PAUSE) {
    const later = wait > LONGEST_PAUSE ? ` It asks to wait ${Math.round(wait / 1000)} s.` : ''
    throw new WeightsError(
      name,
      `${name} could not be read from byte ${start} on: ${error.problem}, at try ${attempt} of ${tries}.${later} ${error.advice}`,
    )
  }
  await pause(wait, signal)
  signal?.throwIfAborted()
}

/**
 * Bytes `[start, start + length)`, which must be at least one. Asks again after a broken line, a busy server (as long
 * as it asks to wait) or its failure, a few times.
 * @throws WeightsError where the answer is not those bytes of that file; the signal's reason
 */
export async function fetchPart(
  file: HttpFile,
  start: number,
  length: number,
  options: HttpOptions = {},
): Promise<HttpPart> {
  const end = start + length - 1
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted()
    try {
      return await request(file, `bytes=${start}-${end}`, options.signal, async (response) => {
        const size = checkAnswer(file, response, start, end)
        return { bytes: await readBody(file, response, length), size, etag: response.headers.get('etag') }
      })
    } catch (error) {
      await waitAfter(error, file, start, attempt, options)
    }
  }
}
