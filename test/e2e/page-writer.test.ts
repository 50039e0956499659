// Enrich with a small model that is downloaded: the real page, store, worker, transformers.js and onnxruntime, and a
// model of a few words in the place of the published one.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SAID } from '../support/tiny-writer'
import { seriousProblems } from './support/axe'
import { buildFakePage } from './support/build-page'
import { card, dialog, downloadFrom } from './support/models-dialog'
import { servePage } from './support/served-page'
import { startClip, toast } from './support/studio'
import { settings, writePrompt, type VisitOptions } from './support/visit'
import { serveWriter, tinyWriter, type WriterServer } from './support/writer-server'

const MINUTES = 60_000
const NAME = 'Tiny writer'
const TEMPLATE = 'a fox. Soft natural light falls across the scene.'

let hub: WriterServer
beforeAll(async () => {
  hub = await serveWriter()
})
afterAll(() => hub?.close())

const served = servePage(() => buildFakePage(tinyWriter), {
  mayReach: (url) => url.startsWith(hub.url),
})

async function arrive(options: VisitOptions = {}): Promise<Page> {
  const { page } = await served.visit('', options)
  page.setDefaultTimeout(2 * MINUTES)
  await settings(page).waitFor()
  return page
}

const enrich = (page: Page) => page.getByRole('button', { name: 'Enrich', exact: true })
const promptOf = (page: Page): Promise<string> => page.getByLabel('Prompt', { exact: true }).inputValue()

async function downloadWriter(page: Page): Promise<void> {
  await writePrompt(page, 'a fox')
  await enrich(page).click()
  await page
    .getByRole('button', { name: /^Better with a small model: Tiny writer, .*, Apache-2\.0$/ })
    .click()
  await downloadFrom(page, hub.url, NAME)
  await card(page, NAME).getByText('Ready for Enrich').waitFor()
}

/** Writes a prompt, which the model makes longer. */
async function written(page: Page): Promise<void> {
  await writePrompt(page, 'a fox')
  await enrich(page).click()
  await expect.poll(() => promptOf(page), { timeout: 2 * MINUTES }).toBe(SAID)
  await toast(page).getByText('Written by Tiny writer on your GPU. Nothing left this machine.').waitFor()
}

it(
  'is offered after a template, downloaded with a word on size and licence, writes offline, and is deleted',
  async () => {
    const page = await arrive({ serviceWorkers: 'allow' })
    await downloadWriter(page)
    const shown = card(page, NAME)
    expect(await shown.getByText('Apache-2.0').count()).toBe(1)
    expect(await shown.getByRole('button', { name: 'Use', exact: true }).count()).toBe(0)
    expect(await seriousProblems(page)).toEqual([])
    await page.keyboard.press('Escape')

    hub.asked.length = 0
    await written(page)
    await page.getByRole('button', { name: 'Back to what I wrote' }).click()
    expect(await promptOf(page)).toBe('a fox')
    await written(page)
    expect(hub.asked).toEqual([]) // from the browser's own storage

    const runtimes = served.current.own.filter((url) => url.includes('ort-wasm'))
    expect(new Set(runtimes).size).toBe(1)
    expect(await page.evaluate(() => caches.keys())).not.toContain('transformers-cache')

    await page.reload()
    await settings(page).waitFor()
    await served.current.context.setOffline(true)
    await written(page)
    await served.current.context.setOffline(false)

    await page.getByRole('button', { name: /^Model(?!s)/ }).click()
    await card(page, NAME).getByRole('button', { name: 'Delete', exact: true }).click()
    await page
      .getByRole('dialog', { name: `Delete ${NAME}?` })
      .getByRole('button', { name: 'Delete' })
      .click()
    await card(page, NAME).getByRole('button', { name: 'Download', exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await writePrompt(page, 'a fox')
    await enrich(page).click()
    await page.getByText('Filled in from a template.').waitFor()
    expect(await promptOf(page)).toContain(TEMPLATE)
  },
  10 * MINUTES,
)

it(
  'is stopped by its own button or by a video, which has the GPU alone',
  async () => {
    const page = await arrive()
    await downloadWriter(page)
    await page.keyboard.press('Escape')
    // Its script never comes: it writes without end.
    await served.current.context.route(/writer-worker/, () => undefined)
    await writePrompt(page, 'a fox')
    await enrich(page).click()
    const stop = page.getByRole('button', { name: 'Writing… Stop' })
    await stop.click()
    await toast(page).getByText('Stopped. Your prompt is as it was.').waitFor()
    expect(await promptOf(page)).toBe('a fox')

    await enrich(page).click()
    await stop.waitFor()
    await startClip(page, 'a slow red ball')
    await toast(page).getByText('Stopped. Your prompt is as it was.').waitFor()
    await page.getByRole('progressbar', { name: 'Progress' }).waitFor()
    await writePrompt(page, 'a fox')
    await enrich(page).click()
    await page.getByText('Filled in from a template.').waitFor()
    expect(await promptOf(page)).toContain(TEMPLATE)
  },
  5 * MINUTES,
)

it('speaks Chinese', async () => {
  const { page } = await served.visit('', { locale: 'zh-CN' })
  await page.locator('summary', { hasText: '设置' }).waitFor()
  await page.getByLabel('提示词', { exact: true }).fill('雪中的狐狸')
  await page.getByRole('button', { name: '润色', exact: true }).click()
  await page.getByRole('button', { name: /^用小模型写得更好：Tiny writer，.*，Apache-2\.0$/ }).click()
  await page.getByRole('heading', { name: '提示词', exact: true }).waitFor()
  expect(await dialog(page).count()).toBe(0) // it has its Chinese name
})
