// Two tabs, and a new version of the page that one of them takes while the other makes a clip.
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Plugin } from 'vite'
import { buildTinyPage } from '../support/build-page'
import { servePage } from '../support/served-page'
import { shownWords, type ShownWords } from '../support/shown-words'
import { generate } from '../support/studio'
import { openSettings, settings, writePrompt } from '../support/visit'

const MINUTES = 60_000
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url))

/** The same page of the next version: its scripts have other names. */
const newerVersion = (): Plugin => ({
  name: 'newer-version',
  enforce: 'pre',
  load: (id) =>
    id.startsWith(PACKAGE)
      ? readFileSync(PACKAGE, 'utf8').replace(/"version": "[^"]+"/, '"version": "99.0.0"')
      : undefined,
})

let newer: string
beforeAll(async () => {
  newer = await buildTinyPage(newerVersion)
})
afterAll(() => newer && rmSync(newer, { recursive: true }))

const served = servePage(buildTinyPage, { isBroken: true })

function publish(): void {
  rmSync(served.folder, { recursive: true })
  cpSync(newer, served.folder, { recursive: true })
}

function report(what: string, words: ShownWords): void {
  console.log([`${what}:`, ...words.latest().map((text) => `  ${text}`)].join('\n'))
}

async function start(page: Page, steps: number): Promise<void> {
  await openSettings(page)
  await page.getByLabel('Steps', { exact: true }).fill(String(steps))
  await page.getByLabel('random').uncheck()
  await page.getByLabel('Seed', { exact: true }).fill('42')
  await writePrompt(page, 'a red ball')
  await generate(page).click()
  await page.waitForFunction(() => (zoetrope.get().job?.progress?.step ?? 0) >= 3)
}

it(
  'an update in one tab lets the other finish its clip and open its rooms',
  async () => {
    const { context, page: first } = await served.visit('', { serviceWorkers: 'allow' })
    await settings(first).waitFor()
    await first.evaluate(() => navigator.serviceWorker.ready)
    await first.close()
    const updated = await shownWords(context)
    const a = await context.newPage()
    const b = await context.newPage()
    for (const page of [a, b]) {
      page.setDefaultTimeout(3 * MINUTES)
      await page.goto(served.url)
      await settings(page).waitFor()
    }
    await start(b, 30)
    report('two tabs, one makes a clip', updated)
    publish()
    await a.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
    const update = a.getByRole('button', { name: 'Update' })
    await update.waitFor()
    report('a new version is there', updated)
    await Promise.all([a.waitForEvent('load'), update.click()])
    await settings(a).waitFor()
    const reload = b.getByRole('button', { name: 'Reload' })
    await b.getByText('This video continues; reload the page when it is done.').waitFor()
    report('the idle tab takes it', updated)
    expect(await reload.count()).toBe(0)
    expect(await b.evaluate(() => zoetrope.get().job !== undefined)).toBe(true)
    await b.waitForFunction(() => zoetrope.get().clip !== undefined && zoetrope.get().job === undefined)
    report('the other has made its clip', updated)
    for (const room of ['Gallery', 'Models', 'Help']) {
      await b.locator('nav').getByText(room).first().click()
      await b.waitForTimeout(800)
      await b.keyboard.press('Escape')
    }
    report('and opens its other rooms', updated)
  },
  6 * MINUTES,
)
