// Servers that people really meet, each behind a path of its own: GET /KIND/f.bin.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

export type OddKind =
  /** The 4th answer sends a third of what was asked for and then nothing; the line stays open. */
  | 'stall-body'
  /** Two edge nodes with ETags of their own. */
  | 'etag-edges'
  /** 200 with Content-Range and the asked part alone. */
  | 'two-hundred-part'
  /** No ranges; the whole is gzipped, and Content-Length is that of the gzip. */
  | 'gzip-length'
  /** Every second answer has no ETag. */
  | 'etag-absent'
  /** One of the ranges is answered once by 200 and the whole. */
  | 'two-hundred-once'
  /** A signature that ends in the middle: 403 once. */
  | 'forbidden-once'
  /** 408 once. */
  | 'timeout-once'
  /** No answer at all to the 4th request. */
  | 'silent-once'

export interface OddServer {
  url(kind: OddKind): string
  readonly requests: ReadonlyMap<string, number>
  close(): Promise<void>
}

type Range = readonly [first: number, last: number]

export async function startOddServer(content: Uint8Array): Promise<OddServer> {
  const size = content.length
  const requests = new Map<string, number>()
  const cors = {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'content-range, content-length, etag',
  }
  const headersOf = ([first, last]: Range): Record<string, string | number> => ({
    ...cors,
    'content-range': `bytes ${first}-${last}/${size}`,
    'content-length': last - first + 1,
    etag: '"one"',
  })
  const part = (answer: ServerResponse, range: Range, headers: object = {}, status = 206): unknown =>
    answer
      .writeHead(status, { ...headersOf(range), ...headers })
      .end(content.subarray(range[0], range[1] + 1))
  const whole = (answer: ServerResponse): unknown =>
    answer.writeHead(200, { ...cors, 'content-length': size, etag: '"one"' }).end(content)
  const well = (answer: ServerResponse, range: Range | undefined): unknown =>
    range ? part(answer, range) : whole(answer)

  const KINDS: Record<OddKind, (answer: ServerResponse, range: Range | undefined, n: number) => unknown> = {
    'stall-body'(answer, range, n) {
      if (n !== 3 || !range) return well(answer, range)
      answer.writeHead(206, headersOf(range))
      return answer.write(content.subarray(range[0], range[0] + Math.ceil((range[1] - range[0]) / 3)))
    },
    'etag-edges': (answer, range, n) =>
      range ? part(answer, range, { etag: n % 2 ? '"edgeA"' : '"edgeB"' }) : whole(answer),
    'two-hundred-part': (answer, range) => (range ? part(answer, range, {}, 200) : whole(answer)),
    'gzip-length'(answer) {
      const body = gzipSync(content)
      return answer
        .writeHead(200, { ...cors, 'content-encoding': 'gzip', 'content-length': body.length, etag: '"one"' })
        .end(body)
    },
    'etag-absent'(answer, range, n) {
      if (!range) return whole(answer)
      const headers = headersOf(range)
      if (n % 2) delete headers['etag']
      return answer.writeHead(206, headers).end(content.subarray(range[0], range[1] + 1))
    },
    'two-hundred-once': (answer, range, n) => (range && n !== 3 ? part(answer, range) : whole(answer)),
    'forbidden-once': (answer, range, n) =>
      n === 4 ? answer.writeHead(403, cors).end('expired') : well(answer, range),
    'timeout-once': (answer, range, n) => (n === 4 ? answer.writeHead(408, cors).end() : well(answer, range)),
    'silent-once': (answer, range, n) => (n === 4 ? undefined : well(answer, range)),
  }

  const server = createServer((question, answer) => {
    const kind = (question.url ?? '').split('/')[1] ?? ''
    const n = requests.get(kind) ?? 0
    requests.set(kind, n + 1)
    const [, a, b] = /^bytes=(\d+)-(\d*)$/.exec(question.headers.range ?? '') ?? []
    const range = a === undefined ? undefined : ([Number(a), Math.min(size - 1, Number(b))] as const)
    if (Object.hasOwn(KINDS, kind)) KINDS[kind as OddKind](answer, range, n)
    else answer.writeHead(404, cors).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (kind) => `http://127.0.0.1:${port}/${kind}/f.bin`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
