// A tab that is closed in each phase of a run, and opened again: what the page says, and that the clip is the one that
// it would have been. With `--mode trials` it is the bundled model.
import type { BrowserContext, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { Stage } from '../../../src/protocol/progress'
import { buildPage, buildTinyPage } from '../support/build-page'
import { servePage } from '../support/served-page'
import { shownWords, type ShownWords } from '../support/shown-words'
import { generate } from '../support/studio'
import { settings, openSettings, writePrompt } from '../support/visit'

const MINUTES = 60_000
const IS_LONG = import.meta.env.MODE === 'trials'
const PATIENCE = (IS_LONG ? 8 : 4) * MINUTES

const served = servePage(IS_LONG ? buildPage : buildTinyPage, { isBroken: true })

/** Where a worker stands still for good, as if its next piece of work took for ever. */
interface Stop {
  readonly worker: 'worker' | 'studio-worker'
  /** Of a message of the worker, or to it: JavaScript. */
  readonly at: string
}

const atStage = (stage: Stage, step: number | 'last'): Stop => ({
  worker: 'worker',
  at: `message.type === 'progress' && message.progress.stage === '${stage}' && message.progress.step ${step === 'last' ? '=== message.progress.steps' : `>= ${step}`}`,
})

/** A worker that stands still there says so first. */
async function standStill(page: Page, { worker, at }: Stop): Promise<void> {
  await page.route(`**/assets/${worker}-*.js`, async (route) => {
    const response = await route.fetch()
    const script = `{
      const hold = (message) => {
        if (!(${at})) return
        new BroadcastChannel('trial').postMessage('held')
        const until = performance.now() + 400
        while (performance.now() < until);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      }
      const post = self.postMessage
      self.postMessage = (message, ...rest) => {
        post.call(self, message, ...rest)
        hold(message)
      }
      addEventListener('message', ({ data }) => hold(data))
    }`
    await route.fulfill({ response, body: `${script}\n${await response.text()}` })
  })
}

async function open(context: BrowserContext, stop?: Stop): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  if (stop) await standStill(page, stop)
  await page.goto(served.url)
  return page
}

/** Presses Generate, waits until the worker stands still, and closes the tab as a hand does. */
async function closeAt(context: BrowserContext, stop: Stop): Promise<void> {
  const page = await open(context, stop)
  await settings(page).waitFor()
  await page.evaluate(() => {
    const channel = new BroadcastChannel('trial')
    Object.assign(globalThis, { held: new Promise((resolve) => (channel.onmessage = resolve)) })
  })
  await writePrompt(page, 'a red ball')
  await generate(page).click()
  await page.evaluate(() => (globalThis as unknown as { held: Promise<void> }).held.then(() => undefined))
  await page.waitForTimeout(600)
  const closed = page.waitForEvent('close')
  await page.close({ runBeforeUnload: true })
  await closed
}

const kept = (page: Page, folder: string): Promise<string[]> =>
  page.evaluate(async (name) => {
    const names: string[] = []
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
    const found = await root.getDirectoryHandle(name).catch(() => undefined)
    if (found) for await (const key of found.keys()) names.push(key)
    return names
  }, folder)

const latentsOf = async (page: Page): Promise<string> => {
  await page.waitForFunction(() => {
    const { clip, job, problem } = zoetrope.get()
    if (problem !== undefined && job === undefined) throw new Error(problem.message)
    return clip !== undefined && job === undefined
  })
  return page.evaluate(() => zoetrope.get().clip!.result.latentsSha256)
}

const PHASES: [name: string, stop: Stop, found: RegExp, button: string][] = [
  ['while the model loads', atStage('load', 0), /^A video was not finished when the page closed\./, 'Resume'],
  [
    'while the prompt is encoded',
    atStage('encode', 1),
    /^A run was interrupted (before its first step|at step 0 of \d+)\./,
    'Continue',
  ],
  ['after the first step', atStage('denoise', 1), /^A run was interrupted at step \d+ of \d+\./, 'Continue'],
  [
    'after the last step',
    atStage('denoise', 'last'),
    /^A run was interrupted at (step|frame) \d+ of \d+\./,
    'Continue',
  ],
  ['among the frames', atStage('decode', 2), /^A run was interrupted at frame \d+ of \d+\./, 'Continue'],
  [
    'after the last frame',
    atStage('decode', 'last'),
    /^A run was interrupted at frame \d+ of \d+\./,
    'Continue',
  ],
  [
    'while the file is made',
    atStage('finish', 0),
    /^A run was interrupted at frame \d+ of \d+\./,
    'Continue',
  ],
  [
    'while the clip is kept',
    { worker: 'studio-worker', at: `message.type === 'keep'` },
    /^A run was interrupted at frame \d+ of \d+\./,
    'Continue',
  ],
]

it(
  'a tab that is closed in any phase loses nothing',
  async () => {
    const { context, page } = await served.visit()
    page.setDefaultTimeout(PATIENCE)
    await settings(page).waitFor()
    await openSettings(page)
    await page.getByLabel('random').uncheck()
    await page.getByLabel('Seed', { exact: true }).fill('42')
    await writePrompt(page, 'a red ball')
    await generate(page).click()
    await latentsOf(page) // chooses the kernels
    await generate(page).click()
    await page.waitForFunction(() => zoetrope.get().job !== undefined)
    const undisturbed = await latentsOf(page)
    await expect.poll(() => kept(page, 'gallery')).toHaveLength(2)
    await expect.poll(() => kept(page, 'runs')).toEqual([])
    await page.close()

    const words = await shownWords(context)
    let clips = 2
    for (const [name, stop, found, button] of PHASES) {
      await closeAt(context, stop)
      report(`closed ${name}`, words)
      const page = await open(context)
      const question = page.locator('.interrupted')
      await question.waitFor()
      await settings(page).waitFor()
      report('back', words)
      await question.locator('p').filter({ hasText: found }).waitFor() // once the runs are read
      await question.getByRole('button', { name: button, exact: true }).click()
      expect.soft(await latentsOf(page), name).toBe(undisturbed)
      clips += 1
      await expect.poll(() => kept(page, 'gallery'), { timeout: MINUTES }).toHaveLength(clips)
      await expect.poll(() => kept(page, 'runs'), { timeout: MINUTES }).toEqual([])
      report(button, words)
      await page.close()
    }
  },
  60 * MINUTES,
)

function report(what: string, words: ShownWords): void {
  console.log([`${what}:`, ...words.latest().map((text) => `  ${text}`)].join('\n'))
}
