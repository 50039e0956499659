// The files of a control on the page: kept beside the clip, taken over again, made again with, and missed elsewhere.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { dropFile, makeClip, toast } from './support/studio'
import { download, settings } from './support/visit'

const PLAIN = readFileSync(join(import.meta.dirname, '../fixtures/pictures/plain.png'))
const CLEAR = readFileSync(join(import.meta.dirname, '../fixtures/pictures/clear.png'))
const MODEL = '?model=models/control/'

const served = servePage(buildFakePage)

async function arrive(): Promise<Page> {
  const { page } = await served.visit(MODEL)
  await settings(page).waitFor()
  return page
}

const panel = (page: Page) => page.locator('.control-panel')
const openPanel = (page: Page): Promise<void> => panel(page).locator('summary').click()
const result = (page: Page) => page.getByRole('region', { name: 'Result' })
const controlOf = (page: Page) => page.evaluate(() => zoetrope.get().clip?.result.control)
const png = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/png', buffer })

/** Chooses a video, a mask and two references, and makes a clip with half the strength. */
async function makeControlled(page: Page): Promise<void> {
  await openPanel(page)
  await page.getByLabel('Choose a video or a picture').setInputFiles(png('bay.png', PLAIN))
  await page.getByLabel('Choose a mask').setInputFiles(png('mask.png', CLEAR))
  const reference = page.getByLabel('Add a reference picture').last()
  await reference.setInputFiles(png('fox.png', PLAIN))
  await reference.setInputFiles(png('wood.png', CLEAR))
  await page.getByRole('slider', { name: /^Strength/ }).fill('0.5')
  await makeClip(page, 'a red boat')
}

const names = (page: Page): Promise<string[]> => panel(page).locator('.file-name').allInnerTexts()
const NAMES = ['bay.png', 'mask.png', 'fox.png', 'wood.png']

async function shown(page: Page): Promise<void> {
  await expect.poll(async () => (await names(page)).map((text) => text.replace(/\s*×$/, ''))).toEqual(NAMES)
  expect(await page.getByLabel('What to do with it').inputValue()).toBe('inpaint')
  expect(await page.getByRole('slider', { name: /^Strength/ }).inputValue()).toBe('0.5')
}

it('are kept with the clip: after a reload they are taken over, and the same clip is made again', async () => {
  const page = await arrive()
  await makeControlled(page)
  const made = await controlOf(page)
  expect(made).toMatchObject({
    task: 'inpaint',
    strength: 0.5,
    referenceSha256: [/./, /./].map(() => expect.any(String)),
  })
  await page.reload()
  await settings(page).waitFor()
  await openPanel(page)
  expect(await names(page)).toEqual([])
  await result(page).getByRole('button', { name: 'Use these settings' }).click()
  await toast(page).getByText('The settings of this clip are now in use.', { exact: true }).waitFor()
  await shown(page)

  await page.getByRole('button', { name: 'Remove the control video' }).click()
  await page.getByRole('link', { name: /^Gallery/ }).click()
  await page.getByRole('button', { name: 'Open a red boat' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make again' }).click()
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.querySelectorAll('.clip').length === 2, undefined, {
    timeout: 60_000,
  })
  expect(await controlOf(page)).toEqual(made)
})

it('are missed by name where a recipe is opened elsewhere, and task and strength are there', async () => {
  const page = await arrive()
  await makeControlled(page)
  const film = await download(page)
  await served.current.close()
  const elsewhere = await arrive()
  await dropFile(elsewhere, film.name, film.bytes, 'video/mp4')
  await toast(elsewhere)
    .getByText('Not restored: the control video, the mask, 2 reference pictures.')
    .waitFor()
  await openPanel(elsewhere)
  expect(await elsewhere.getByRole('slider', { name: /^Strength/ }).inputValue()).toBe('0.5')
  await elsewhere.getByLabel('Choose a video or a picture').setInputFiles(png('bay.png', PLAIN))
  expect(await elsewhere.getByLabel('What to do with it').inputValue()).toBe('inpaint')
})

it('go with the clip, and out of the browser', async () => {
  const page = await arrive()
  await makeControlled(page)
  const kept = (): Promise<string[]> =>
    page.evaluate(async () => {
      const found: string[] = []
      let folder = await navigator.storage.getDirectory()
      for (const name of ['zoetrope', 'gallery']) folder = await folder.getDirectoryHandle(name)
      for await (const clip of folder.values())
        if (clip.kind === 'directory')
          for await (const name of (clip as FileSystemDirectoryHandle).keys()) found.push(name)
      return found.filter((name) => name.startsWith('given-')).sort()
    })
  expect(await kept()).toEqual(['given-0', 'given-1', 'given-2', 'given-3'])
  await page.getByRole('link', { name: /^Gallery/ }).click()
  await page.getByRole('button', { name: 'Select', exact: true }).click()
  await page.getByRole('button', { name: 'Select a red boat' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  // What was deleted a day ago is cleared away at the next visit.
  await page.addInitScript(() => {
    const { now } = Date
    Date.now = () => now() + 25 * 3_600_000
  })
  await page.goto(`${served.url}${MODEL}`)
  await settings(page).waitFor()
  await expect.poll(kept).toEqual([])
})
