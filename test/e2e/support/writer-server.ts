// The files of the tiny writing model on a server of another origin, and the page's catalogue with them.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Plugin } from 'vite'
import { parseRange } from '../../../src/cli/serve/range'
import type { WriterEntry } from '../../../src/catalogue/writers'
import { tinyWriterFiles } from '../../support/tiny-writer'

const FILES = tinyWriterFiles()
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Puts the tiny model in the place of the published one. */
export function tinyWriter(): Plugin {
  const entry: WriterEntry = {
    id: 'qwen3-0.6b',
    title: 'Tiny writer',
    about: 'Writes one prompt.',
    licence: 'Apache-2.0',
    attribution: 'Made for the tests.',
    files: Array.from(FILES, ([path, bytes]) => ({
      role: 'writer',
      repository: 'tiny/writer',
      revision: '0'.repeat(40),
      path,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    dtype: 'fp32',
    needsF16: false,
    memoryBytes: 1e6,
  }
  const id = '\0tiny-writer'
  return {
    name: 'tiny-writer',
    enforce: 'pre',
    resolveId: (source) => (source.endsWith('/catalogue/writers') ? id : undefined),
    load: (loaded) => (loaded === id ? `export const WRITER = ${JSON.stringify(entry)}` : undefined),
  }
}

export interface WriterServer {
  /** Ends in a slash. */
  readonly url: string
  /** Files that were asked for. */
  readonly asked: string[]
  close(): Promise<void>
}

/** One folder that has all files under their own names. */
export async function serveWriter(): Promise<WriterServer> {
  const files = new Map(Array.from(FILES, ([path, bytes]) => [nameOf(path), bytes]))
  const asked: string[] = []
  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1)
    asked.push(name)
    const file = files.get(name)
    const headers = {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'content-range, content-length, etag',
      'accept-ranges': 'bytes',
      etag: `"${name}"`,
    }
    if (file === undefined) return void response.writeHead(404, headers).end()
    const part = parseRange(request.headers.range, file.length)
    if (part === 'unsatisfiable') return void response.writeHead(416, headers).end()
    const { start, end } = part ?? { start: 0, end: file.length - 1 }
    response
      .writeHead(part ? 206 : 200, {
        ...headers,
        'content-length': String(end - start + 1),
        ...(part && { 'content-range': `bytes ${start}-${end}/${file.length}` }),
      })
      .end(file.subarray(start, end + 1))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    asked,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
