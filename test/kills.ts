// npm run test:kills: a download whose tab is killed at random points. It must always go on, fetch next to nothing
// twice, and end verified. What left the server counts, read or not. `-- --kills 100 --megabytes 200 --each 10
// --speed 2` (kills of each download; MB/s of each of the four connections).
import { createHash, randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { findBrowser, NO_BROWSER } from '../src/cli/browser'
import { serveFolder } from '../src/cli/serve'
import type { RemoteModel } from '../src/protocol/store'
import { buildStorePage } from './kills/build-store-page'
import { serveSlowly } from './kills/slow-server'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    megabytes: { type: 'string', default: '200' },
    each: { type: 'string', default: '10' },
    speed: { type: 'string', default: '2' },
  },
})
const kills = Number(values.kills)
const size = Number(values.megabytes) * 1e6
const perDownload = Number(values.each)
/** Of the file; what may be fetched twice for one kill. */
const MOST = 0.01

const folder = mkdtempSync(join(tmpdir(), 'zoetrope-kills-'))
const content = randomFillSync(new Uint8Array(size))
const sha256 = createHash('sha256').update(content).digest('hex')

async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  await page.goto(url)
  await page.waitForFunction(() => globalThis.store !== undefined)
  return page
}

const doneIn = (page: Page): Promise<number> =>
  page.evaluate(async () => (await store.list())[0]?.doneBytes ?? 0)

/** The renderer is gone at once: no handler runs, nothing is closed. */
async function kill(context: BrowserContext, page: Page): Promise<void> {
  const gone = new Promise((resolve) => page.once('crash', resolve))
  const devtools = await context.newCDPSession(page)
  devtools.send('Page.crash').catch(() => undefined) // the answer never comes
  await gone
  await page.close()
}

await buildStorePage(join(folder, 'page'))
const executablePath = findBrowser()
if (executablePath === undefined) throw new Error(NO_BROWSER)
const server = await serveFolder({ root: join(folder, 'page') })
const file = await serveSlowly(content, Number(values.speed) * 1e6)
const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
  executablePath,
  headless: true,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
const twice: number[] = []
let verified = 0
let downloads = 0
const begun = performance.now()
try {
  for (let left = kills; left > 0; left -= perDownload) {
    downloads += 1
    const model: RemoteModel = {
      id: 'killed',
      repository: 'local',
      revision: '1',
      files: [{ path: 'file', url: file.url, bytes: size, sha256 }],
    }
    const points = Array.from({ length: Math.min(left, perDownload) }, () => Math.random() * size).sort(
      (a, b) => a - b,
    )
    let page = await openTab(context, server.url)
    let done = 0
    for (const point of points) {
      const sentBefore = file.sent
      await page.evaluate(([wanted, bytes]) => downloadUntil(wanted, bytes), [
        model,
        Math.max(point, done + 1),
      ] as const)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
      await kill(context, page)
      page = await openTab(context, server.url)
      const now = await doneIn(page)
      twice.push(Math.max(0, file.sent - sentBefore - (now - done)))
      console.log(
        `kill ${twice.length}: at ${((100 * now) / size).toFixed(1)} %, ${((100 * twice.at(-1)!) / size).toFixed(3)} % to fetch again`,
      )
      done = now
    }
    await page.evaluate((wanted) => store.download(wanted), model)
    const { isWhole, doneBytes } = await page.evaluate(async () => (await store.list())[0]!)
    if (isWhole && doneBytes === size) verified += 1
    console.log(`download ${downloads}: ${isWhole ? 'verified' : 'NOT verified'}`)
    await page.evaluate(() => store.remove('killed'))
    await page.close()
  }
} finally {
  await context.close()
  file.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
}
const worst = Math.max(...twice) / size
const mean = twice.reduce((sum, each) => sum + each, 0) / twice.length / size
console.log(
  `${twice.length} kills in ${downloads} downloads of ${size / 1e6} MB in ${Math.round((performance.now() - begun) / 1000)} s: ${verified} ended verified; fetched again for a kill: ${(100 * mean).toFixed(3)} % on average, ${(100 * worst).toFixed(3)} % at most`,
)
process.exit(verified === downloads && worst <= MOST ? 0 : 1)
