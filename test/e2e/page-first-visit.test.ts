// The first visit, as a host sees it: what is sent, how often, and how much before the engine is needed.
import { readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../../src/cli/browser'
import { buildTinyPage } from './support/build-page'
import { settings, visit } from './support/visit'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}
/** As GitHub Pages sends it. */
const CACHE = 'max-age=600'
const SHELL_BYTES = 150 * 1024

let folder: string
let server: Server
let url: string
let browser: Browser
/** Bodies that were sent, by path. */
const sent = new Map<string, number>()

/** Bytes a millisecond: 10 Mbit/s. */
const PACE = 1250
let isSlow = true

/** A slow host that answers ranges, and counts what it sends. */
function serve(): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname
    let bytes: Buffer
    try {
      bytes = readFileSync(join(folder, path))
    } catch {
      return void response.writeHead(404).end()
    }
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const start = Number(from ?? 0)
    const end = to === undefined || to === '' ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1)
    const part = bytes.subarray(start, end + 1)
    sent.set(path, (sent.get(path) ?? 0) + part.length)
    const headers = {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-length': String(part.length),
      'cache-control': CACHE,
      'accept-ranges': 'bytes',
      etag: `"${bytes.length}"`,
      ...(from !== undefined && { 'content-range': `bytes ${start}-${end}/${bytes.length}` }),
    }
    const wait = 20 + (isSlow ? part.length / PACE : 0)
    setTimeout(() => response.writeHead(from === undefined ? 200 : 206, headers).end(part), wait)
  })
}

beforeAll(async () => {
  folder = await buildTinyPage()
  server = serve()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://localhost:${(server.address() as AddressInfo).port}/`
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
  if (folder) rmSync(folder, { recursive: true })
})

/** Asked for anew when the offline copy is made: an old one would name files of another version. */
const FRESH = ['/index.html', '/manifest.webmanifest']

it('sends nothing twice on a slow line, and leaves a page that works offline', async () => {
  const { page, context, close } = await visit(browser, url, { serviceWorkers: 'allow' })
  await settings(page).waitFor({ timeout: 120_000 })
  await page.evaluate(() => navigator.serviceWorker.ready)
  const twice = [...sent].filter(([path, bytes]) => {
    const size = readFileSync(join(folder, path)).length
    return bytes > 1.05 * size && !FRESH.includes(path)
  })
  expect(twice).toEqual([])
  expect(sent.get('/models/mini/dit.safetensors')).toBeGreaterThan(0)
  isSlow = false
  await context.setOffline(true)
  await page.reload()
  await settings(page).waitFor({ timeout: 120_000 })
  await close()
})

it('the shell is small before the engine is needed', () => {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const files = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(
    (match) => match[1]!,
  )
  expect(files.length).toBeGreaterThan(1)
  const bytes = files.reduce(
    (sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length,
    gzipSync(html).length,
  )
  expect(bytes).toBeLessThan(SHELL_BYTES)
})
