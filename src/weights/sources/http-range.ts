// Reads one part of a file by HTTP, or throws: never returns a byte that the server did not place there.
import { WeightsError } from '../error'
import { NoAnswer, Patience, Transient, withinIdle, type HttpOptions } from './patience'

/** The facts that must stay the same from part to part. */
export interface HttpFile {
  readonly name: string
  readonly url: string
  /** Bytes of the whole file; `undefined` before the first answer. */
  readonly size?: number | undefined
  readonly etag?: string | null | undefined
}

export interface HttpPart {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly size: number
  readonly etag: string | null
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
      `${name} could not be fetched: the server answered ${status}. It may require a login; download the file yourself and choose it from the disk.`,
      'model-missing',
    )
  throw new WeightsError(name, `${name} could not be loaded: the server answered ${status}.`)
}

/** The server sent the whole file instead of the requested part. */
export class WholeAnswer extends WeightsError {}

/**
 * The same content, whatever a cache or a compressor on the way made of its tag. A tag that is not there says
 * nothing.
 */
function isSameTag(a: string | null, b: string | null): boolean {
  const bare = (tag: string): string => tag.replace(/^W\//, '').replace(/-(gzip|br|zstd)"$/, '"')
  return a === null || b === null || bare(a) === bare(b)
}

/** Size of the whole file, from a response that must contain `[start, end]`. */
export function checkAnswer(file: HttpFile, response: Response, start: number, end: number): number {
  const { name } = file
  const fail = (found: string): never => {
    throw new WeightsError(name, `${name}: bytes ${start} to ${end} were requested, and the server ${found}.`)
  }
  const changed = (): never =>
    fail('has another file now than when it was opened; it changed while it was read. Open the model again')
  if (response.status === 200 && response.headers.get('content-type')?.startsWith('text/html'))
    fail(
      'sent a web page. The link may need a log-in; download the file yourself and choose it from the disk',
    )
  if (response.status === 416)
    return file.size === undefined ? fail('has none: the file is empty. Load it again') : changed()
  const range = response.headers.get('content-range')
  if (response.status === 200 && range === null)
    throw new WholeAnswer(
      name,
      `${name}: bytes ${start} to ${end} were requested, and the server sent the whole file (200): it does not serve parts. Give another address, or download the file yourself and choose it from the disk.`,
    )
  if (response.status !== 206 && response.status !== 200) refuse(file, response)
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range ?? '') ?? []
  if (first === undefined)
    return fail(
      range === null
        ? 'does not say which it sent, or not to web pages (no Content-Range, or none that Access-Control-Expose-Headers names). Give another address, or download the file yourself and choose it from the disk'
        : `sent "${range}", which is no range of bytes`,
    )
  if (file.size !== undefined && Number(total) !== file.size) return changed()
  if (Number(first) !== start || Number(last) !== end) fail(`sent ${first} to ${last} of ${total}`)
  if (file.etag !== undefined && !isSameTag(response.headers.get('etag'), file.etag)) changed()
  return Number(total)
}

/** Reads exactly `length` bytes of a body, and nothing more of a longer one. */
async function readBody(
  { name }: HttpFile,
  response: Response,
  length: number,
  options: HttpOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  const reader = response.body?.getReader()
  let filled = 0
  while (reader) {
    const cancel = (): void => void reader.cancel().catch(() => undefined)
    const next = reader.read().catch((error: unknown) => {
      throw new Transient(
        `the connection broke after ${filled} of ${length} bytes (${error instanceof Error ? error.message : String(error)})`,
      )
    })
    const { done, value } = await withinIdle(next, options, cancel, 'nothing came')
    if (done) break
    if (filled + value.length > length) {
      void reader.cancel().catch(() => undefined)
      throw new WeightsError(
        name,
        `${name}: the server sent more than the ${length} bytes that were requested.`,
      )
    }
    bytes.set(value, filled)
    filled += value.length
  }
  if (filled < length) throw new Transient(`${filled} of ${length} bytes came`)
  return bytes
}

/** Temporary responses of a server. */
const BUSY = [408, 425, 429]

/**
 * Passes the response to `use`, and cancels the rest of the body. @throws Transient where there was no response, or a
 * busy one
 */
export async function request<Result>(
  file: HttpFile,
  range: string | undefined,
  options: HttpOptions,
  use: (response: Response) => Promise<Result>,
): Promise<Result> {
  const { signal } = options
  const own = new AbortController() // not AbortSignal.any: in Node 20 its signal may be collected unheard
  const stop = (): void => own.abort(signal?.reason)
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  let response: Response | undefined
  try {
    const asked = fetch(file.url, {
      ...(range !== undefined && { headers: { range } }),
      cache: options.cache ?? 'no-store', // gigabytes belong in no cache
      referrerPolicy: 'no-referrer',
      signal: own.signal,
    }).catch((error: unknown) => {
      throw new NoAnswer(`no answer came (${error instanceof Error ? error.message : String(error)})`)
    })
    response = await withinIdle(asked, options, () => own.abort(), 'no answer came')
    if (BUSY.includes(response.status) || response.status >= 500)
      throw new Transient(`the server answered ${response.status}`, retryAfter(response))
    return await use(response)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
    if (response?.body?.locked === false) void response.body.cancel().catch(() => undefined)
  }
}

/**
 * Reads bytes `[start, start + length)`, at least one. Retries a few times after a broken connection, a busy server
 * (for as long as it asks to wait) or its failure.
 * @throws WeightsError where the response is not those bytes of that file; the signal's reason
 */
export async function fetchPart(
  file: HttpFile,
  start: number,
  length: number,
  options: HttpOptions = {},
): Promise<HttpPart> {
  const end = start + length - 1
  const patience = new Patience(file.name, options)
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      return await request(file, `bytes=${start}-${end}`, options, async (response) => {
        const size = checkAnswer(file, response, start, end)
        const bytes = await readBody(file, response, length, options)
        return { bytes, size, etag: response.headers.get('etag') }
      })
    } catch (error) {
      await patience.wait(error, start)
    }
  }
}
