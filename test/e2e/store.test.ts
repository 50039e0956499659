// The store of downloads in a real browser: its worker, the origin's file system, the lock.
import { createHash, randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../../src/cli/browser'
import { serveFolder, type Served } from '../../src/cli/serve'
import type { RemoteModel } from '../../src/protocol/store'
import { buildStorePage } from '../kills/build-store-page'
import { serveSlowly, type SlowServer } from '../kills/slow-server'
import { visit } from './support/visit'

const SIZE = 3_000_000
const PIECE = 64 << 10
const content = randomFillSync(new Uint8Array(SIZE))
const sha256 = createHash('sha256').update(content).digest('hex')

let folder: string
let server: Served
let file: SlowServer
let browser: Browser

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-store-'))
  await buildStorePage(folder)
  server = await serveFolder({ root: folder })
  file = await serveSlowly(content, 120_000)
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  file?.close()
  await server?.close()
  if (folder) rmSync(folder, { recursive: true })
})

it('downloads, pauses, goes on, finds one damaged piece and fetches it alone, refuses a second tab, and deletes', async () => {
  const { page, context, complaints, close } = await visit(browser, server.url)
  const model: RemoteModel = {
    id: 'small',
    repository: 'local',
    revision: '1',
    files: [{ path: 'file', url: file.url, bytes: SIZE, sha256 }],
  }

  const paused = await page.evaluate(async (wanted) => {
    const stop = new AbortController()
    const onProgress = ({ doneBytes }: { doneBytes: number }): void =>
      void (doneBytes > 500_000 && stop.abort())
    return store.download(wanted, { onProgress }, stop.signal).catch((error: { code: string }) => error.code)
  }, model)
  expect(paused).toBe('cancelled')
  const part = await page.evaluate(async () => (await store.list())[0]!)
  expect(part).toMatchObject({ id: 'small', totalBytes: SIZE, isWhole: false })
  expect(part.doneBytes).toBeGreaterThan(500_000)
  expect(part.doneBytes).toBeLessThan(SIZE)

  // Another tab while this one writes. The end of the download is waited for below.
  const whole = page.evaluate((wanted) => store.download(wanted), model)
  await page.waitForFunction(
    async () => (await navigator.locks.query()).held?.some(({ name }) => name === 'zoetrope.store') === true,
  )
  const other = await context.newPage()
  await other.goto(server.url)
  const refusal = other.evaluate(
    (wanted) =>
      store.download(wanted).then(
        () => 'done',
        (error: Error) => error.message,
      ),
    { ...model, id: 'other' },
  )
  expect(await refusal).toMatch(/^Another tab of Zoetrope is writing to the stored models\./)
  await other.close()
  await whole
  expect(await page.evaluate(() => store.list())).toEqual([
    {
      id: 'small',
      repository: 'local',
      revision: '1',
      doneBytes: SIZE,
      totalBytes: SIZE,
      isWhole: true,
      files: ['file'],
    },
  ])
  expect(file.sent).toBeLessThan(SIZE * 1.3) // what was under way at the pause came twice

  const readStored = (): Promise<string> =>
    page.evaluate(async (name) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
      const stored = await (await (await root.getDirectoryHandle('files')).getFileHandle(name)).getFile()
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await stored.arrayBuffer()))
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    }, sha256)
  expect(await readStored()).toBe(sha256)

  await page.evaluate(async (name) => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
    const handle = await (await root.getDirectoryHandle('files')).getFileHandle(name)
    const writable = await handle.createWritable({ keepExistingData: true })
    await writable.write({ type: 'write', position: 1_234_567, data: new Uint8Array(100) })
    await writable.close()
  }, sha256)
  expect(await readStored()).not.toBe(sha256)
  const sent = file.sent
  await page.evaluate((wanted) => store.download(wanted, { check: true }), model)
  expect(await readStored()).toBe(sha256)
  expect(file.sent - sent).toBe(PIECE + 1) // and the probe's byte

  const { usedBytes, freeBytes } = await page.evaluate(() => store.quota())
  expect(usedBytes).toBeGreaterThan(SIZE)
  expect(freeBytes).toBeGreaterThan(0)
  await page.evaluate(() => store.remove('small'))
  expect(await page.evaluate(() => store.list())).toEqual([])
  expect(
    await page.evaluate(async () => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
      const names: string[] = []
      for await (const name of (await root.getDirectoryHandle('files')).keys()) names.push(name)
      return names
    }),
  ).toEqual([])
  expect(complaints).toEqual([])
  await close()
})

it.each([
  [
    'no word for pages of other sites',
    {},
    /^file could not be read from byte 0 on: no answer came \(.*\), at try 4 of 4\. Check the connection\. If other pages load, this server may not let web pages read its files \(it sends no Access-Control-Allow-Origin\): give another address, or download the file yourself/,
  ],
  [
    'parts of which it does not tell pages the range',
    { 'access-control-allow-origin': '*' },
    /^file: bytes 0 to 0 were requested, and the server does not say which it sent, or not to web pages .*choose it from the disk\./,
  ],
])('a server with %s is refused in a sentence', async (_what, headers, sentence) => {
  const closed = await serveSlowly(content, 1e9, headers)
  const { page, close } = await visit(browser, server.url)
  try {
    const model: RemoteModel = {
      id: 'closed',
      repository: 'local',
      revision: '1',
      files: [{ path: 'file', url: closed.url, bytes: SIZE, sha256 }],
    }
    expect(
      await page.evaluate(
        (wanted) =>
          store.download(wanted).then(
            () => 'done',
            (error: Error) => error.message,
          ),
        model,
      ),
    ).toMatch(sentence)
    expect(await page.evaluate(async () => (await store.list()).map(({ doneBytes }) => doneBytes))).toEqual([
      0,
    ])
  } finally {
    await close()
    closed.close()
  }
})
