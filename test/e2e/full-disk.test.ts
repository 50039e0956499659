// Chromium with a small quota: every store says what found no room, and nothing that was made is lost.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildTinyPage } from './support/build-page'
import { card, dialog, downloadFrom, row } from './support/models-dialog'
import { servePage } from './support/served-page'
import { generate } from './support/studio'
import { serveTinyFiles, tinyCatalogue, type SlowServer } from './support/tiny-catalogue'
import { settings, writePrompt } from './support/visit'

const MINUTES = 60_000
const DIT = 'wan2.1_t2v_1.3B_fp16.safetensors'

let hub: SlowServer
beforeAll(async () => {
  hub = await serveTinyFiles(4e6)
})
afterAll(() => hub?.close())

// The browser complains of what finds no room.
const served = servePage(() => buildTinyPage(tinyCatalogue), { isBroken: true })

async function arrive(): Promise<Page> {
  const { page } = await served.visit()
  page.setDefaultTimeout(MINUTES)
  await settings(page).waitFor({ timeout: 2 * MINUTES })
  return page
}

/** @param bytes that all of the page's storage may take; 0 lifts the limit */
async function setQuota(page: Page, bytes: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const { origin } = new URL(served.url)
  await devtools.send('Storage.overrideQuotaForOrigin', bytes > 0 ? { origin, quotaSize: bytes } : { origin })
}

const names = (page: Page, folder: string): Promise<string[]> =>
  page.evaluate(async (name) => {
    const found: string[] = []
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
    for await (const key of (await root.getDirectoryHandle(name)).keys()) found.push(key)
    return found
  }, folder)

describe('a download', () => {
  const trouble = (page: Page): Promise<string> => card(page).locator('.error').innerText()

  it.each([
    ['that leaves a little', 300_000, DIT, '26\\.4'],
    ['that is used up', 1, 'wan2\\.1-t2v-1\\.3b', '28\\.\\d'],
  ])(
    'that meets a quota %s is refused in a sentence, and comes when there is room',
    async (_what, quota, name, size) => {
      const page = await arrive()
      await setQuota(page, quota)
      const { sent } = hub
      await row(page).click()
      await dialog(page).waitFor()
      await downloadFrom(page, hub.url)
      await card(page).getByText('There is no room').waitFor()
      const said = await trouble(page)
      console.log(said)
      expect(said).toMatch(
        new RegExp(
          `^There is no room for ${name} in this browser's storage, which takes ${size} MB\\. Free some`,
        ),
      )
      expect(hub.sent - sent).toBeLessThan(1_000_000) // before the first piece
      await setQuota(page, 0)
      hub.speed = 1e9
      if (name === DIT) await card(page).getByRole('button', { name: 'Resume', exact: true }).click()
      else await card(page).getByRole('button', { name: 'Download from there', exact: true }).click()
      await card(page).getByText('In this browser').waitFor()
    },
    4 * MINUTES,
  )
})

it(
  'a run and its clip that find no room are made all the same, and the page says what will be lost',
  async () => {
    const page = await arrive()
    await setQuota(page, 1)
    await writePrompt(page, 'a red ball')
    await generate(page).click()
    await page.waitForFunction(() => zoetrope.get().clip !== undefined, null, { timeout: 3 * MINUTES })
    const notes = await page.evaluate(() => zoetrope.get().clip!.result.notes)
    console.log(notes)
    expect(notes).toEqual([
      expect.stringMatching(
        /^This run could not be kept on the disk, where it takes \d+ MB\. Closing the page would have lost it\.$/,
      ),
    ])
    const note = page.getByText(/^There is no room on the disk for “a red ball”|, or the disk is full/)
    await note.waitFor()
    console.log(await note.innerText())
    await setQuota(page, 0)
    await page.waitForTimeout(1_000)
    await generate(page).click()
    await expect.poll(() => names(page, 'gallery'), { timeout: 3 * MINUTES }).toHaveLength(1)
    const shown = page.getByRole('button', { name: 'Show a red ball' })
    await expect.poll(() => shown.count(), { timeout: MINUTES }).toBe(2) // the first is not lost
    await page.getByText('There is no room on the disk for “a red ball”').waitFor()
  },
  8 * MINUTES,
)
