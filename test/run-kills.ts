// Kills the page again and again while Mini makes clips: after each kill the run goes on, and at the end its latents and
// its file must be those of an undisturbed run. `npm run test:runs -- --kills 50`
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { BrowserContext, Page } from 'playwright-core'
import { launchProfile } from '../src/cli/browser'
import { DIST, ensureBuilt } from '../src/cli/build'
import { serveFolder } from '../src/cli/serve'
import type { Clip } from '../src/ui/session-state'

declare global {
  var made: Promise<Clip> | undefined
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    /** Of one run, before it may end. */
    each: { type: 'string', default: '5' },
  },
})
const kills = Number(values.kills)
const each = Number(values.each)
const WISH = { prompt: 'a red ball bounces', seed: 7 }
const PATIENCE = 240_000
/** Of a page that says why its model did not open. */
const TRIES = 3

interface Made {
  latents: string
  mp4: string
}

/** Waits for the model. A GPU that is still busy with the page before is asked for again, as by the page's button. */
async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  await page.goto(url)
  for (let tries = 1; ; tries++) {
    const answer = await page.waitForFunction(() => {
      const { engine, problem } = globalThis.zoetrope?.get() ?? {}
      return engine === undefined ? problem?.message : 'open'
    })
    const said = await answer.jsonValue()
    if (said === 'open') return page
    console.log(`try ${tries}: ${said}`)
    if (tries === TRIES) throw new Error(`The page did not open its model: ${said}`)
    await page.evaluate(() => zoetrope.open())
  }
}

/** Begins a clip, or goes on with the one that was interrupted. */
async function start(page: Page): Promise<string> {
  return page.evaluate(async (wish) => {
    const [run] = await zoetrope.interruptedRuns()
    globalThis.made = zoetrope.generate(run ? { resume: { run: run.id } } : wish)
    globalThis.made.catch(() => undefined) // seen where it is awaited
    return run === undefined ? 'anew' : `${run.stage} ${run.step}`
  }, WISH)
}

async function finish(page: Page): Promise<Made> {
  const { latents, bytes } = await page.evaluate(async () => {
    const { latentsSha256, mp4 } = (await globalThis.made!).result
    return { latents: latentsSha256, bytes: Array.from(mp4) }
  })
  return { latents, mp4: createHash('sha256').update(Uint8Array.from(bytes)).digest('hex') }
}

/** The renderer is gone at once: no handler runs, nothing is closed. */
async function kill(context: BrowserContext, page: Page): Promise<void> {
  const gone = new Promise((resolve) => page.once('crash', resolve))
  const devtools = await context.newCDPSession(page)
  devtools.send('Page.crash').catch(() => undefined) // the answer never comes
  await gone
  await page.close()
}

const keptFiles = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    let count = 0
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
    for await (const _name of (await root.getDirectoryHandle('runs')).keys()) count += 1
    return count
  })

await ensureBuilt(console.error)
const folder = mkdtempSync(join(tmpdir(), 'zoetrope-run-kills-'))
const server = await serveFolder({ root: DIST })
const context = await launchProfile(folder)
const stages = new Map<string, number>()
let wrong = 0
let clips = 0
const begun = performance.now()
try {
  let page = await openTab(context, server.url)
  await start(page)
  await finish(page) // chooses the kernels
  const from = performance.now()
  await start(page)
  const undisturbed = await finish(page)
  const whole = performance.now() - from
  console.log(`an undisturbed run takes ${(whole / 1000).toFixed(1)} s`)
  for (let left = kills; left > 0; left -= each) {
    for (let i = 0; i < Math.min(left, each); i++) {
      await start(page)
      await page.waitForTimeout(Math.random() * 0.6 * whole)
      const stage = await page.evaluate(() => zoetrope.get().job?.progress?.stage ?? 'over')
      await kill(context, page)
      stages.set(stage, (stages.get(stage) ?? 0) + 1)
      page = await openTab(context, server.url)
    }
    const at = await start(page)
    const made = await finish(page)
    await page.waitForTimeout(1_000)
    const rest = await keptFiles(page)
    clips += 1
    const isRight = made.latents === undisturbed.latents && made.mp4 === undisturbed.mp4 && rest === 0
    if (!isRight) wrong += 1
    console.log(`clip ${clips}, last from ${at}: ${isRight ? 'the same' : `WRONG (${rest} files left)`}`)
  }
} finally {
  await context.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
const where = [...stages].map(([stage, count]) => `${stage} ${count}`).join(', ')
console.log(
  `${kills} kills (${where}) in ${clips} clips in ${Math.round((performance.now() - begun) / 1000)} s: ${clips - wrong} with the latents and the file of the undisturbed run`,
)
process.exit(wrong === 0 ? 0 : 1)
