// A file as slow as a line, which counts the bytes that left.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const SLICE = 16 << 10

export interface SlowServer {
  readonly url: string
  /** Body bytes handed to the network so far. */
  readonly sent: number
  close(): void
}

/** What lets pages of other sites read the parts. */
export const OPEN_TO_PAGES = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-range, content-length, etag',
}

/** @param bytesPerSecond of one connection */
export async function serveSlowly(
  content: Uint8Array,
  bytesPerSecond: number,
  headers: Readonly<Record<string, string>> = OPEN_TO_PAGES,
): Promise<SlowServer> {
  let sent = 0
  const send = async (response: ServerResponse, body: Uint8Array): Promise<void> => {
    const closed = once(response, 'close').catch(() => undefined)
    for (let at = 0; at < body.length && !response.destroyed; at += SLICE) {
      const slice = body.subarray(at, at + SLICE)
      sent += slice.length
      if (!response.write(slice)) await Promise.race([closed, once(response, 'drain')])
      await new Promise((resolve) => setTimeout(resolve, (1000 * slice.length) / bytesPerSecond))
    }
    response.end()
  }
  const server = createServer((request, response) => {
    const [, from = '0', to = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const body = content.subarray(Number(from), Number(to) + 1)
    response.writeHead(206, {
      ...headers,
      'content-length': body.length,
      'content-range': `bytes ${from}-${Number(from) + body.length - 1}/${content.length}`,
      etag: '"one"',
    })
    send(response, body).catch(() => undefined) // the tab is gone
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/file`,
    get sent() {
      return sent
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
