// A server of one file that misbehaves as real ones do, one way at a time.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * - `ignores-range`: 200 and the whole file, whatever was asked.
 * - `wrong-range`: 206 with the right length from one byte further on, and says so.
 * - `wrong-bytes`: 206 that claims the right range, with the bytes of another.
 * - `wrong-total`: 206 whose Content-Range tells another size of the file.
 * - `no-content-range`: 206 without saying which range.
 * - `short` / `long`: 206 with the right Content-Range and one byte less / more.
 * - `cut`: the right headers, and the line breaks at 37 % of the body.
 * - `hangs-up`: the line breaks before any answer.
 * - `html`: 200 and a page, as behind a log-in.
 * - `missing`, `forbidden`, `broken`: 404, 403, 500.
 * - `busy`: 429 with Retry-After.
 * - `changed`: another file of the same size, with another ETag.
 */
export type Misbehaviour =
  | 'ignores-range'
  | 'wrong-range'
  | 'wrong-bytes'
  | 'wrong-total'
  | 'no-content-range'
  | 'short'
  | 'long'
  | 'cut'
  | 'hangs-up'
  | 'html'
  | 'missing'
  | 'forbidden'
  | 'broken'
  | 'busy'
  | 'changed'

/** A file too large to hold may make its bytes as they are asked for. */
export interface ServedContent {
  readonly size: number
  read(offset: number, length: number): Uint8Array
}

export interface HostileServer {
  /** Of the file. */
  readonly url: string
  /** The Range header of each request so far; "" where it had none. */
  readonly requests: string[]
  /** Body bytes sent so far. */
  readonly bytesSent: number
  /**
   * From now on, for so many requests that are not for one byte alone; then it is good again. Probes (`bytes=0-0`)
   * misbehave with `probes`.
   */
  behave(
    how: Misbehaviour | 'well',
    options?: { times?: number; probes?: boolean; retryAfter?: string },
  ): void
  close(): Promise<void>
}

const ALLOW = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-range, content-length, etag, retry-after, x-linked-etag',
}
const PAGE = '<!DOCTYPE html><html><body>Please log in.</body></html>'

function contentOf(file: Uint8Array | ServedContent): ServedContent {
  if (!(file instanceof Uint8Array)) return file
  return { size: file.length, read: (offset, length) => file.subarray(offset, offset + length) }
}

export async function startHostileServer(
  file: Uint8Array | ServedContent,
  { etag = '"one"' }: { etag?: string } = {},
): Promise<HostileServer> {
  const { size, read } = contentOf(file)
  const requests: string[] = []
  let bytesSent = 0
  let mood: { how: Misbehaviour | 'well'; times: number; probes: boolean; retryAfter: string } = {
    how: 'well',
    times: 0,
    probes: false,
    retryAfter: '1',
  }

  /** What this request gets; counts it. */
  const turn = (range: string): Misbehaviour | 'well' => {
    if (mood.times <= 0 || (range === 'bytes=0-0' && !mood.probes)) return 'well'
    mood.times -= 1
    return mood.how
  }

  const send = (
    response: ServerResponse,
    status: number,
    headers: Record<string, string>,
    body: Uint8Array | string,
  ): void => {
    bytesSent += body.length
    response
      .writeHead(status, {
        ...ALLOW,
        'accept-ranges': 'bytes',
        'content-length': String(body.length),
        ...headers,
      })
      .end(body)
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const range = request.headers.range ?? ''
    requests.push(range)
    const how = turn(range)
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? []
    const start = Number(from ?? 0)
    const end = to === undefined || to === '' ? size - 1 : Math.min(Number(to), size - 1)
    const tag = how === 'changed' ? '"two"' : etag
    const say = (first: number, last: number, total = size): Record<string, string> => ({
      etag: tag,
      'content-range': `bytes ${first}-${last}/${total}`,
    })
    const bytes = (offset: number): Uint8Array =>
      read(Math.min(offset, size - (end - start + 1)), end - start + 1)

    if (how === 'html') return send(response, 200, { 'content-type': 'text/html' }, PAGE)
    if (how === 'missing') return send(response, 404, {}, 'not here')
    if (how === 'forbidden') return send(response, 403, {}, 'not for you')
    if (how === 'broken') return send(response, 500, {}, 'oh')
    if (how === 'busy') return send(response, 429, { 'retry-after': mood.retryAfter }, 'later')
    if (how === 'hangs-up') return void request.socket.destroy()
    if (range === '' || how === 'ignores-range') return send(response, 200, { etag: tag }, read(0, size))
    if (start >= size || start > end) return send(response, 416, { 'content-range': `bytes */${size}` }, '')
    const body = bytes(how === 'wrong-bytes' || how === 'wrong-range' ? start + 1 : start)
    switch (how) {
      case 'wrong-range':
        return send(response, 206, say(start + 1, end + 1), body)
      case 'wrong-total':
        return send(response, 206, say(start, end, size + 7), body)
      case 'no-content-range':
        return send(response, 206, { etag: tag }, body)
      case 'short':
        return send(response, 206, say(start, end), body.subarray(0, -1))
      case 'long':
        return send(response, 206, say(start, end), Buffer.concat([body, Buffer.of(0)]))
      case 'changed':
        return send(
          response,
          206,
          say(start, end),
          body.map((byte) => byte ^ 0x55),
        )
      case 'cut': {
        const part = body.subarray(0, Math.floor(body.length * 0.37))
        bytesSent += part.length
        response.writeHead(206, { ...ALLOW, ...say(start, end), 'content-length': String(body.length) })
        return void response.write(part, () => setTimeout(() => request.socket.destroy(), 5)) // what was written gets out first
      }
      default:
        return send(response, 206, say(start, end), body)
    }
  }

  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/file.safetensors`,
    requests,
    get bytesSent() {
      return bytesSent
    },
    behave: (how, { times = Infinity, probes = false, retryAfter = '1' } = {}) =>
      void (mood = { how, times: how === 'well' ? 0 : times, probes, retryAfter }),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
