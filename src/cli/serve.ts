// Serves the built page with the headers of a careful host, to this machine only.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { headersFor, SECURITY_HEADERS } from './headers'
import { openBelow, openNamed, sizeOf, type ServedFile } from './serve/open-file'
import { parseRange } from './serve/range'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The page requests it where a folder has no manifest. */
const LIST = 'files.json'

export interface Served {
  /** Ends in a slash. */
  readonly url: string
  close(): Promise<void>
}

/** Files from anywhere on the disk, by the paths under which they are served. */
export interface ListedFiles {
  /** For the page's sentences. */
  readonly title: string
  readonly files: ReadonlyMap<string, string>
}

export interface ServeOptions {
  /** The folder behind `/`. */
  root: string
  /** Files behind paths of their own, and a `files.json` that lists them: `/model/` → files. */
  lists?: Readonly<Record<string, ListedFiles>>
  /** 0 takes any free port. */
  port?: number
  limits?: Partial<ServeLimits>
}

/** Limits of one request. */
export interface ServeLimits {
  /** Milliseconds within which the head of a request must arrive. */
  headMs: number
  /** Milliseconds that a connection may be idle. */
  idleMs: number
  /** Bytes of a request's head, including its address. */
  headBytes: number
  connections: number
}

const LIMITS: ServeLimits = { headMs: 10_000, idleMs: 120_000, headBytes: 16_384, connections: 128 }

/** Pages whose address has no extension. */
const PAGES: Readonly<Record<string, string>> = { '/bench': '/bench.html' }

/** Names of this machine. A foreign page whose domain resolves to this machine sends its own name instead. */
const OWN_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i

interface Refusal {
  status: number
  /** Without its full stop. */
  why: string
  headers?: Record<string, string>
}

/** The decoded path of a request; `undefined` where it is malformed. */
function pathOf({ url = '' }: IncomingMessage): string | undefined {
  const [raw = ''] = url.split(/[?#]/, 1)
  if (!raw.startsWith('/')) return undefined // the address of a proxy
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}

function refusalOf(request: IncomingMessage): Refusal | undefined {
  const { method, headers } = request
  if (!OWN_HOST.test(headers.host ?? ''))
    return { status: 421, why: 'This server only answers to localhost and 127.0.0.1' }
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, why: 'This server only reads files', headers: { allow: 'GET, HEAD' } }
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0)
    return { status: 413, why: 'A request for a file has no body' }
  return undefined
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, why, headers }: Refusal): void {
  const text = `${status}: ${why}.\n`
  response
    .writeHead(status, {
      ...SECURITY_HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
      connection: 'close',
      ...headers,
    })
    .end(request.method === 'HEAD' ? undefined : text, () => request.destroy()) // does not wait for a body
}

async function listOf({ title, files }: ListedFiles): Promise<string> {
  const sized = Array.from(files, async ([path, place]) => ({ path, bytes: (await sizeOf(place)) ?? 0 }))
  return JSON.stringify({ title, files: await Promise.all(sized) })
}

/** Sends the file or the requested part, then closes its handle, even if the client has gone. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  file: ServedFile,
): Promise<void> {
  const { handle, size, etag } = file
  try {
    const { range, 'if-range': condition } = request.headers
    const isWhole = request.method === 'HEAD' || (condition !== undefined && condition !== etag)
    const part = isWhole ? undefined : parseRange(range, size)
    if (part === 'unsatisfiable')
      return refuse(request, response, {
        status: 416,
        why: `Ask for one range within the file's ${size} bytes`,
        headers: { 'content-range': `bytes */${size}` },
      })
    const { start, end } = part ?? { start: 0, end: size - 1 }
    const length = end - start + 1
    response.writeHead(part === undefined ? 200 : 206, {
      ...headersFor(path),
      'content-type': TYPES[extname(file.path)] ?? 'application/octet-stream',
      'content-length': String(length),
      'accept-ranges': 'bytes',
      etag,
      // Files with a hash in their name never change; the rest is revalidated.
      'cache-control': path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...(part === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    })
    if (request.method === 'HEAD' || length === 0) return void response.end()
    const bytes = handle.createReadStream({ start, end, autoClose: false })
    await pipeline(bytes, response)
    if (bytes.bytesRead < length) request.socket.destroy() // the file shrank meanwhile, and the client must not wait for the rest
  } finally {
    await handle.close()
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions,
): Promise<void> {
  const refusal = refusalOf(request)
  if (refusal !== undefined) return refuse(request, response, refusal)
  const path = pathOf(request)
  if (path === undefined)
    return refuse(request, response, { status: 400, why: 'That is not a valid address' })
  const [prefix = '', listed] =
    Object.entries(options.lists ?? {}).find(([each]) => path.startsWith(each)) ?? []
  const name = path.slice(prefix.length)
  if (listed && name === LIST) {
    response
      .writeHead(200, { ...SECURITY_HEADERS, 'content-type': TYPES['.json'], 'cache-control': 'no-store' })
      .end(request.method === 'HEAD' ? undefined : await listOf(listed))
    return
  }
  const place = listed?.files.get(name)
  const file = listed
    ? place === undefined
      ? undefined
      : await openNamed(place)
    : await openBelow(options.root, PAGES[path] ?? path)
  if (file === 'no-folder')
    return refuse(request, response, {
      status: 503,
      why: "The page's files are gone. Stop this server and start it again to rebuild them",
    })
  if (file === undefined)
    return refuse(request, response, { status: 404, why: 'There is no file with that name here' })
  await send(request, response, path, file)
}

export function serveFolder(options: ServeOptions): Promise<Served> {
  const { headMs, idleMs, headBytes, connections } = { ...LIMITS, ...options.limits }
  const server = createServer(
    {
      maxHeaderSize: headBytes,
      headersTimeout: headMs,
      requestTimeout: 2 * headMs,
      connectionsCheckingInterval: Math.min(1000, headMs),
    },
    (request, response) => {
      answer(request, response, options).catch(() => {
        // The client has gone or the disk failed: only this request ends, not the server.
        if (response.headersSent) request.socket.destroy()
        else refuse(request, response, { status: 500, why: 'The file could not be read' })
      })
    },
  )
  server.maxConnections = connections
  server.setTimeout(idleMs)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({
        url: `http://localhost:${port}/`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}
