// Choosing models, with the real page, engine and store: tiny files in the place of the published ones.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inspectBoxes } from './support/inspect-mp4'
import { seriousProblems } from './support/axe'
import { buildTinyPage } from './support/build-page'
import { card, dialog, press, row, WAN } from './support/models-dialog'
import { servePage } from './support/served-page'
import {
  serveTinyFiles,
  SMALL_FILES,
  TINY_FILES,
  tinyCatalogue,
  type SlowServer,
} from './support/tiny-catalogue'
import { download, fillSettings, openSettings, settings, writePrompt } from './support/visit'

const MINUTES = 60_000
const TOTAL = [...TINY_FILES.values()].reduce((sum, { length }) => sum + length, 0)

let hub: SlowServer
beforeAll(async () => {
  hub = await serveTinyFiles(1e9)
})
afterAll(() => hub?.close())

const served = servePage(() => buildTinyPage(tinyCatalogue), {
  mayReach: (url) => url.startsWith(hub.url),
})

async function arrive(): Promise<Page> {
  const { page } = await served.visit()
  page.setDefaultTimeout(3 * MINUTES)
  await settings(page).waitFor()
  return page
}

/** Drops files on the page as a hand would, but for the hand. */
async function drop(page: Page, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const encoded = [...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const)
  const carried = await page.evaluateHandle((given) => {
    const data = new DataTransfer()
    for (const [name, text] of given)
      data.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name))
    return data
  }, encoded)
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: carried })
  await page.getByText('Drop the files of a model here.').waitFor()
  await page.dispatchEvent('body', 'drop', { dataTransfer: carried })
  expect(await page.getByText('Drop the files of a model here.').count()).toBe(0)
}

/** A film of the smallest kind, by the page's own fields. */
async function makeFilm(page: Page): Promise<void> {
  await openSettings(page)
  await fillSettings(page, { Width: '48', Height: '32', Frames: '5', Steps: '1' })
  await page.getByText('Advanced').click()
  await page.getByLabel('Guidance', { exact: true }).fill('1')
  await writePrompt(page, 'a red ball')
  await page.getByRole('button', { name: /^Generate/ }).click()
  await page.locator('video').waitFor()
  expect(inspectBoxes((await download(page)).bytes)).toMatchObject({ width: 48, height: 32, frames: 5 })
}

it(
  'files that are dropped on the page open, bring their own settings, and make a film',
  async () => {
    const page = await arrive()
    await writePrompt(page, 'stays')
    await drop(page, new Map([['notes.txt', Buffer.from('x')]]))
    await dialog(page).getByText('notes.txt is not a file of a model.').waitFor()
    await page.keyboard.press('Escape')
    await drop(page, SMALL_FILES)
    await page.getByText('832 × 480, 5.1 s, 50 steps').waitFor()
    expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('stays')
    await makeFilm(page)
  },
  8 * MINUTES,
)

it(
  'a model is downloaded from another address, paused, found again, whole, used and deleted',
  async () => {
    const page = await arrive()
    hub.speed = 2e6
    await row(page).click()
    await card(page).getByText('Files and sources').click()
    await card(page).getByLabel('Another address for these files').fill('nonsense')
    await press(page, 'Download from there')
    await card(page).getByText('"nonsense" is not an address').waitFor()
    await card(page).getByLabel('Another address for these files').fill(hub.url)
    await press(page, 'Download from there')
    const bar = card(page).getByRole('progressbar', { name: `Download of ${WAN}` })
    await page.waitForFunction(
      (name) => Number(document.querySelector(`[aria-label="${name}"]`)?.getAttribute('aria-valuenow')) >= 10,
      `Download of ${WAN}`,
    )
    await card(page)
      .getByText(/^\d+ % · [\d.]+ [kM]B\/s · (less than a minute|about \d+ min) left$/)
      .waitFor()

    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Model Tiny · Wan 2\.1 T2V 1\.3B: \d+ %$/ }).waitFor() // it goes on behind the closed dialog
    hub.speed = 1e5 // so that some is left, however long a film takes
    await makeFilm(page) // and while a film is made

    await row(page).click()
    await press(page, 'Pause')
    await card(page)
      .getByText(/^Paused at \d+ % of/)
      .waitFor()
    const done = Number(await bar.getAttribute('aria-valuenow'))
    expect(done).toBeGreaterThanOrEqual(10)
    expect(done).toBeLessThan(100)

    await page.reload()
    await row(page).click()
    await card(page).getByText(`Paused at ${done} % of`).waitFor()
    expect(await seriousProblems(page)).toEqual([])
    hub.speed = 1e9
    const before = hub.sent
    await press(page, 'Resume')
    await card(page).getByText('In this browser').waitFor()
    expect(hub.sent - before).toBeLessThan(TOTAL * (1 - done / 100) + (4 << 20)) // what was there did not come again

    await press(page, 'Use')
    expect(await dialog(page).count()).toBe(0)
    await page.getByText('832 × 480, 5.1 s, 50 steps').waitFor()
    await makeFilm(page)

    await page.reload()
    await page.getByRole('button', { name: /^Model (?!Tiny)\S/ }).waitFor() // chosen still
    await page.getByText('48 × 32, 0.3 s, 1 step').waitFor() // as it was set
    await row(page).click()
    await press(page, 'Delete')
    await page
      .getByRole('dialog', { name: `Delete ${WAN}?` })
      .getByRole('button', { name: 'Keep it' })
      .click()
    await press(page, 'Delete')
    await page
      .getByRole('dialog', { name: `Delete ${WAN}?` })
      .getByRole('button', { name: 'Delete' })
      .click()
    await card(page).getByText('Not downloaded yet').waitFor()
    await page.getByRole('button', { name: 'Model Tiny' }).waitFor() // the bundled one took its place
  },
  12 * MINUTES,
)

it(
  'another model does not stop a running film without a question',
  async () => {
    const page = await arrive()
    await openSettings(page)
    await page.getByLabel('Steps', { exact: true }).fill('50')
    await writePrompt(page, 'a red ball')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('progressbar').waitFor()
    await row(page).click()
    await dialog(page).waitFor()
    await page.keyboard.press('Escape') // closes the dialog, and cancels nothing
    expect(await dialog(page).count()).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Model/)
    await row(page).click()
    await dialog(page)
      .getByRole('radio', { name: /^Quarter/ })
      .click()
    const question = page.getByRole('dialog', { name: 'Stop this video?' })
    await question.getByRole('button', { name: 'Let it finish' }).click()
    expect(await page.evaluate(() => zoetrope.get().job !== undefined)).toBe(true)
    expect(
      await dialog(page)
        .getByRole('radio', { name: /^Automatic/ })
        .isChecked(),
    ).toBe(true)
    await dialog(page)
      .getByRole('radio', { name: /^Quarter/ })
      .click()
    await question.getByRole('button', { name: 'Stop it and switch' }).click()
    await page.waitForFunction(() => zoetrope.get().job === undefined && zoetrope.get().engine !== undefined)
    expect(
      await dialog(page)
        .getByRole('radio', { name: /^Quarter/ })
        .isChecked(),
    ).toBe(true)
  },
  8 * MINUTES,
)
