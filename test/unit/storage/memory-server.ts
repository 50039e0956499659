// A server of one file behind `fetch`, for tests that need thousands of downloads.
import { vi } from 'vitest'

export interface MemoryServer {
  /** Bytes that were taken from it. */
  served: number
  requests: number
  content: Uint8Array
  etag: string
  /** Of the next answers: so many bytes, and the line breaks. */
  cuts: number[]
  servesRanges: boolean
}

/** Bytes at a time. */
const CHUNK = 37

function bodyOf(server: MemoryServer, bytes: Uint8Array, isProbe: boolean): ReadableStream<Uint8Array> {
  const cut = isProbe ? Infinity : (server.cuts.shift() ?? Infinity)
  let sent = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (sent >= cut) return controller.error(new TypeError('terminated'))
        if (sent >= bytes.length) return controller.close()
        const chunk = bytes.slice(sent, sent + CHUNK)
        sent += chunk.length
        if (!isProbe) server.served += chunk.length
        controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Takes the place of `fetch`; `vi.unstubAllGlobals()` ends it. */
export function serveFromMemory(content: Uint8Array): MemoryServer {
  const server: MemoryServer = {
    served: 0,
    requests: 0,
    content,
    etag: '"one"',
    cuts: [],
    servesRanges: true,
  }
  vi.stubGlobal(
    'fetch',
    async (
      _url: string,
      { headers, signal }: { headers?: { range?: string }; signal?: AbortSignal } = {},
    ) => {
      signal?.throwIfAborted()
      server.requests += 1
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers?.range ?? '') ?? []
      const { length } = server.content
      if (from === undefined || !server.servesRanges)
        return new Response(bodyOf(server, server.content, headers?.range === 'bytes=0-0'), {
          status: 200,
          headers: { etag: server.etag, 'content-length': String(length) },
        })
      const end = Math.min(Number(to), length - 1)
      const isProbe = from === '0' && to === '0'
      return new Response(bodyOf(server, server.content.subarray(Number(from), end + 1), isProbe), {
        status: 206,
        headers: { etag: server.etag, 'content-range': `bytes ${from}-${end}/${length}` },
      })
    },
  )
  return server
}
