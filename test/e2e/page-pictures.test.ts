// Pictures that clips begin with, on the page: kept across reloads, taken from a clip, and shared by another app.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { buildFakePage } from './support/build-page'
import { generate, makeClip, startClip, toast } from './support/studio'
import { servePage } from './support/served-page'
import { settings, type VisitOptions } from './support/visit'

const PLAIN = readFileSync(join(import.meta.dirname, '../fixtures/pictures/plain.png'))
const MODEL = '?model=models/pictures/'

const served = servePage(buildFakePage)

async function arrive(options: VisitOptions = {}): Promise<Page> {
  const { page } = await served.visit(MODEL, options)
  await settings(page).waitFor()
  return page
}

const slot = (page: Page) => page.locator('.begins-with img')
const result = (page: Page) => page.getByRole('region', { name: 'Result' })
const choose = async (page: Page): Promise<void> => {
  await page
    .locator('input[type=file][accept="image/*"]')
    .setInputFiles({ name: 'plain.png', mimeType: 'image/png', buffer: PLAIN })
  await slot(page).waitFor()
}

/** Runs in the page: of clips that are no longer among the newest no end is kept. */
async function forgetEnds(): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('zoetrope-gallery')
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(new Error('No database.'))
  })
  const store = database.transaction('clips', 'readwrite').objectStore('clips')
  await new Promise<void>((resolve) => {
    const reading = store.getAll() as IDBRequest<{ end?: unknown }[]>
    reading.onsuccess = () => {
      for (const { end: _end, ...record } of reading.result) store.put(record)
      store.transaction.oncomplete = () => resolve()
    }
  })
  database.close()
}

it('survive a reload, in the form and in the queue', async () => {
  const page = await arrive()
  await choose(page)
  await startClip(page, 'a red ball, slow at first')
  await startClip(page, 'a blue boat')
  await page.getByRole('progressbar', { name: 'Progress' }).waitFor()
  page.on('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await page.getByText('2 videos were not finished when the page closed.').waitFor()
  expect(await slot(page).getAttribute('alt')).toBe('The clip begins with plain.png')
  await page.getByRole('region', { name: 'Queue' }).getByRole('button', { name: 'Resume' }).last().click()
  await page.getByRole('button', { name: 'Show a blue boat' }).waitFor({ timeout: 60_000 })
  await result(page).getByText(`It began with ${PLAIN.length} bytes of a picture.`).waitFor()
  await page.getByRole('button', { name: 'Remove the picture' }).click()
  await page.reload()
  await settings(page).waitFor()
  await page.getByRole('button', { name: 'Begin with a picture' }).waitFor()
})

it('a clip goes on from the end of another, with its prompt and colours, and any frame begins another', async () => {
  const page = await arrive()
  await makeClip(page, 'a red ball')
  await page.getByLabel('Prompt', { exact: true }).fill('something else')
  await result(page).getByRole('button', { name: 'Continue this clip' }).click()
  await toast(page).getByText('The next clip continues where this one ends.').waitFor()
  expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('a red ball')
  await page.getByText('Continues “a red ball”').waitFor()
  await page.getByLabel('Keep the colours').check()
  await page.reload()
  await settings(page).waitFor()
  await page.getByText('Continues “a red ball”').waitFor()
  expect(await page.getByLabel('Keep the colours').isChecked()).toBe(true)
  await page.setViewportSize({ width: 360, height: 740 })
  const [inner, outer] = await Promise.all(
    [generate(page), page.locator('.prompt')].map((element) => element.boundingBox()),
  )
  expect(inner!.x + inner!.width).toBeLessThan(outer!.x + outer!.width)
  await page.setViewportSize({ width: 1280, height: 800 })
  await generate(page).click()
  await result(page)
    .getByText(`It went on from ${96 * 96 * 3} numbers.`)
    .waitFor({ timeout: 60_000 })
  await result(page).getByText('It kept the colours.').waitFor()
  await page.getByRole('button', { name: 'Do not continue that clip' }).click()
  await page.getByRole('link', { name: /^Gallery/ }).click()
  await page.getByRole('button', { name: 'Open a red ball' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/^Made in /).click()
  await dialog.getByText('111 kB, uncompressed, for a clip that continues this one').waitFor()
  await dialog.getByRole('button', { name: 'Begin with this frame' }).click()
  await slot(page).waitFor()
})

it('where the end is not kept, the last frame of the film begins the next clip, and the page says so', async () => {
  const page = await arrive()
  await makeClip(page, 'a red ball')
  await page.evaluate(forgetEnds)
  await page.reload()
  await settings(page).waitFor()
  await page.getByRole('button', { name: 'Show a red ball' }).click()
  await result(page).getByRole('button', { name: 'Continue this clip' }).click()
  await toast(page)
    .getByText('The next clip begins with the last frame of the MP4, which is compressed')
    .waitFor()
  await slot(page).waitFor()
  await generate(page).click()
  await result(page)
    .getByText(/^It began with \d+ bytes of a picture\.$/)
    .waitFor({ timeout: 60_000 })
})

it('are taken from another app by the service worker, with a text, and never sent', async () => {
  const page = await arrive({ serviceWorkers: 'allow' })
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await settings(page).waitFor()
  const address = await page.evaluate(
    async (bytes) => {
      const form = new FormData()
      form.set('prompt', 'a dog, running')
      form.set('picture', new File([new Uint8Array(bytes)], 'Hund.png', { type: 'image/png' }))
      return (await fetch('share', { method: 'POST', body: form })).url
    },
    [...PLAIN],
  )
  expect(address).toBe(`${served.url}?prompt=a+dog%2C+running&shared=`)
  await page.goto(`${address}&${MODEL.slice(1)}`)
  await settings(page).waitFor()
  await toast(page).getByText('The clip will begin with Hund.png.').waitFor()
  expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('a dog, running')
  expect(page.url()).not.toMatch(/shared|prompt/)
  await page.getByRole('button', { name: 'Remove the picture' }).click()
  await page.reload()
  await page.getByRole('button', { name: 'Begin with a picture' }).waitFor()
})
