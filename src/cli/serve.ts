// A static server for the built page, with the headers of a careful host. Local connections only.
import { createReadStream, realpathSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, sep } from 'node:path'
import { headersFor, SECURITY_HEADERS } from './headers'

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

/** The page asks for it where a folder has no manifest. */
const LIST = 'files.json'

export interface Served {
  /** Ends in a slash. */
  readonly url: string
  close(): Promise<void>
}

/** Files from anywhere on the disk, by the path that they are served under. */
export interface ListedFiles {
  /** For the page's sentences. */
  readonly title: string
  readonly files: ReadonlyMap<string, string>
}

export interface ServeOptions {
  /** The folder behind `/`. */
  root: string
  /** Folders behind paths of their own: `/model/` → folder. */
  mounts?: Readonly<Record<string, string>>
  /** Files behind paths of their own, with a `files.json` that lists them. */
  lists?: Readonly<Record<string, ListedFiles>>
  /** 0 takes any free port. */
  port?: number
}

interface Found {
  path: string
  size: number
  /** Changes when the file does. */
  etag: string
}

function foundAt(path: string | undefined): Found | undefined {
  const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })
  return path !== undefined && stat?.isFile()
    ? { path, size: stat.size, etag: `"${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}"` }
    : undefined
}

/** Pages that have an address without an ending. */
const PAGES: Readonly<Record<string, string>> = { '/bench': '/bench.html' }

/** The file of a request, never one outside its folder. */
function findFile(urlPath: string, { root, mounts = {} }: ServeOptions): Found | undefined {
  const mount = Object.keys(mounts).find((prefix) => urlPath.startsWith(prefix))
  const folder = realpathSync(mount === undefined ? root : (mounts[mount] ?? root))
  const rest = mount === undefined ? urlPath : urlPath.slice(mount.length)
  try {
    const path = realpathSync(join(folder, rest.endsWith('/') || rest === '' ? `${rest}index.html` : rest))
    return path.startsWith(folder + sep) ? foundAt(path) : undefined
  } catch {
    return undefined // no such file
  }
}

function listOf({ title, files }: ListedFiles): string {
  return JSON.stringify({
    title,
    files: Array.from(files, ([path, place]) => ({ path, bytes: foundAt(place)?.size ?? 0 })),
  })
}

interface Part {
  start: number
  /** Inclusive. */
  end: number
}

/** `bytes=a-b`, `bytes=a-` and `bytes=-n`; "unsatisfiable" where it lies outside. */
export function parseRange(header: string | undefined, size: number): Part | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null) return undefined
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return start > end || start >= size ? 'unsatisfiable' : { start, end }
}

function answer(request: IncomingMessage, response: ServerResponse, options: ServeOptions): void {
  const refuse = (status: number, headers: Record<string, string> = {}): void => {
    response
      .writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'text/plain', ...headers })
      .end(`${status}\n`)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, { allow: 'GET, HEAD' })
  let path: string
  try {
    path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
  } catch {
    return refuse(400)
  }
  if (path.includes('\0')) return refuse(404)
  const [prefix = '', listed] =
    Object.entries(options.lists ?? {}).find(([each]) => path.startsWith(each)) ?? []
  const name = path.slice(prefix.length)
  if (listed && name === LIST) {
    response
      .writeHead(200, { ...SECURITY_HEADERS, 'content-type': TYPES['.json'], 'cache-control': 'no-store' })
      .end(listOf(listed))
    return
  }
  const file = listed ? foundAt(listed.files.get(name)) : findFile(PAGES[path] ?? path, options)
  if (file === undefined) return refuse(404)
  const part = parseRange(request.headers.range, file.size)
  if (part === 'unsatisfiable') return refuse(416, { 'content-range': `bytes */${file.size}` })
  const { start, end } = part ?? { start: 0, end: file.size - 1 }
  response.writeHead(part === undefined ? 200 : 206, {
    ...headersFor(path),
    'content-type': TYPES[extname(file.path)] ?? 'application/octet-stream',
    'content-length': String(end - start + 1),
    'accept-ranges': 'bytes',
    etag: file.etag,
    // Names with a hash never change; the rest is asked for again.
    'cache-control': path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(part === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${file.size}` }),
  })
  if (request.method === 'HEAD' || file.size === 0) response.end()
  else
    createReadStream(file.path, { start, end })
      .on('error', () => response.destroy())
      .pipe(response)
}

export function serveFolder(options: ServeOptions): Promise<Served> {
  const server = createServer((request, response) => answer(request, response, options))
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
