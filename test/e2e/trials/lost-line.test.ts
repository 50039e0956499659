// A download whose line is cut, and comes back: what the page says, and that it goes on by itself.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildTinyPage } from '../support/build-page'
import { card, dialog, downloadFrom, row } from '../support/models-dialog'
import { servePage } from '../support/served-page'
import { shownWords, type ShownWords } from '../support/shown-words'
import { serveTinyFiles, TINY_FILES, tinyCatalogue, type SlowServer } from '../support/tiny-catalogue'
import { settings } from '../support/visit'

const MINUTES = 60_000
const IS_LONG = import.meta.env.MODE === 'trials'
const TOTAL = [...TINY_FILES.values()].reduce((sum, { length }) => sum + length, 0)

let hub: SlowServer
beforeAll(async () => {
  hub = await serveTinyFiles(1.5e6)
})
afterAll(() => hub?.close())

const served = servePage(() => buildTinyPage(tinyCatalogue), { isBroken: true })

async function arrive(): Promise<{ page: Page; words: ShownWords }> {
  const { context, page: first } = await served.visit()
  const words = await shownWords(context)
  await first.close()
  const page = await context.newPage()
  page.setDefaultTimeout(4 * MINUTES)
  await page.goto(served.url)
  await settings(page).waitFor()
  await row(page).click()
  await dialog(page).waitFor()
  words.latest()
  return { page, words }
}

const percent = (page: Page): Promise<number> =>
  card(page)
    .getByRole('progressbar')
    .getAttribute('aria-valuenow')
    .then((value) => Number(value))

it(
  'a download goes on by itself when the network is back',
  async () => {
    const { page, words } = await arrive()
    const before = hub.sent
    await downloadFrom(page, hub.url)
    await expect.poll(() => percent(page), { timeout: MINUTES }).toBeGreaterThan(10)
    await page.context().setOffline(true)
    console.log('the network goes at', await percent(page), words.latest())
    await card(page).getByText('It resumes by itself').waitFor()
    await page.waitForTimeout((IS_LONG ? 75 : 7) * 1000) // a silent server is given up after 6 s
    console.log('meanwhile', await percent(page), words.latest())
    await page.context().setOffline(false)
    const back = Date.now()
    await card(page).getByText('It resumes by itself').waitFor({ state: 'detached' })
    console.log(`on again after ${Date.now() - back} ms`, words.latest())
    hub.speed = 1e9
    await card(page).getByText('In this browser').waitFor()
    console.log('in the end', words.latest())
    expect(hub.sent - before).toBeLessThan(1.25 * TOTAL)
  },
  10 * MINUTES,
)
