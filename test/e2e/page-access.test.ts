// Languages, keyboard, readers of screens, less motion, small windows: every state of the page with a stand-in engine.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { seriousProblems } from './support/axe'
import { buildFakePage } from './support/build-page'
import { card, dialog } from './support/models-dialog'
import { servePage } from './support/served-page'
import { makeClip, startClip, stop } from './support/studio'
import { openSettings, previewPixels, writePrompt, settings, type VisitOptions } from './support/visit'

const served = servePage(buildFakePage)

async function arrive(options: VisitOptions = {}): Promise<Page> {
  const { page } = await served.visit('', options)
  await settings(page).waitFor()
  return page
}

/** Wider than its window. */
const overflows = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

describe('axe finds nothing serious in any room', () => {
  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['forced colours', { forcedColors: 'active' }],
    ['320 pixels, by hand', { viewport: { width: 320, height: 640 }, hasTouch: true }],
  ] as const)('%s', async (_name, options) => {
    const page = await arrive(options)
    const check = async (where: string): Promise<void> => {
      expect({ where, problems: await seriousProblems(page) }).toEqual({ where, problems: [] })
      expect({ where, isWide: await overflows(page) }).toEqual({ where, isWide: false })
    }
    await openSettings(page)
    await page.getByText('Advanced').click()
    await check('the settings')
    await page.getByLabel('Width', { exact: true }).fill('wide')
    await check('a refused setting')
    await page.getByRole('button', { name: 'Reset all settings' }).click()
    await makeClip(page, 'a red ball')
    await check('a clip')
    await startClip(page, 'a slow blue boat')
    await startClip(page, 'another boat')
    await page.locator('canvas').waitFor()
    await page.keyboard.press('Escape')
    await check('a run and a queue')
    await stop(page)
    await page.getByRole('button', { name: 'Show another boat' }).waitFor({ timeout: 60_000 })
    await startClip(page, 'broken')
    await page.getByRole('alert').waitFor()
    await check('an error beside a clip')
    await page.getByRole('button', { name: 'Help' }).click()
    await page.getByRole('dialog', { name: 'Help' }).waitFor()
    await check('help')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Models', exact: true }).click()
    await card(page).getByText('Files and sources').click()
    await check('models')
    expect(await dialog(page).evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(false)
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /^Gallery/ }).click()
    await page.getByRole('heading', { name: 'Gallery' }).waitFor()
    await check('the gallery')
    await page.getByRole('button', { name: 'Open a red ball' }).click()
    await page.getByRole('dialog', { name: 'Clip' }).locator('video').waitFor()
    await check('a clip of the gallery')
    await page.keyboard.press('Escape')
    await page.evaluate(() => (location.hash = '#/check'))
    await page.getByRole('heading', { name: 'Self-check' }).waitFor()
    await check('the self-check')
  })
})

it("every button is in sight at 200 % of a laptop's window", async () => {
  const page = await arrive({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 })
  expect(await overflows(page)).toBe(false)
  for (const button of await page.locator('button:visible, a:visible').all()) {
    const box = await button.boundingBox()
    const isScrolled = await button.evaluate((element) => element.closest('.examples') !== null)
    if (box !== null && !isScrolled) expect(box.x >= 0 && box.x + box.width <= 640).toBe(true)
  }
})

it('a long word widens nothing', async () => {
  const page = await arrive({ viewport: { width: 390, height: 844 } })
  await writePrompt(page, 'x'.repeat(300))
  expect(await page.evaluate(() => document.scrollingElement?.scrollWidth)).toBe(390)
  await startClip(page, 'y'.repeat(300))
  await page.locator('video').waitFor()
  expect(await overflows(page)).toBe(false)
})

describe('less motion', () => {
  it('the preview stands still until it is played, and a clip is not played by itself', async () => {
    const page = await arrive({ reducedMotion: 'reduce' })
    await startClip(page, 'a slow red ball')
    await page.locator('canvas').waitFor()
    await page.waitForFunction(() => zoetrope.get().job?.progress?.stage === 'decode')
    const first = await previewPixels(page)
    await page.waitForTimeout(600)
    expect(await previewPixels(page)).toBe(first)
    await page.getByRole('button', { name: 'Play preview' }).click()
    await page.waitForFunction((before) => document.querySelector('canvas')?.toDataURL() !== before, first)
    const video = page.locator('video')
    await video.waitFor({ timeout: 60_000 })
    await page.waitForTimeout(300)
    expect(await video.evaluate((element: HTMLVideoElement) => [element.paused, element.autoplay])).toEqual([
      true,
      false,
    ])
  })

  it('is not asked of others (control)', async () => {
    const page = await arrive()
    await makeClip(page, 'a red ball')
    expect(await page.locator('video').evaluate((element: HTMLVideoElement) => element.autoplay)).toBe(true)
  })
})

it('by keyboard alone, from the prompt to a file', async () => {
  const page = await arrive()
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Shortcuts' })
  await sheet.waitFor()
  await sheet.getByLabel('Single letters are commands').uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  expect(await sheet.count()).toBe(0)
  await page.getByRole('button', { name: /^Shortcuts/ }).click()
  await sheet.getByLabel('Single letters are commands').check()
  await page.keyboard.press('Escape')
  await page.keyboard.press('/')
  await page.keyboard.type('a red ball')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Show a red ball' }).waitFor({ timeout: 60_000 })
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.keyboard.press('g')
  await page.getByRole('heading', { name: 'Gallery' }).waitFor()
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let count = 0; count < 40; count++) {
      await page.keyboard.press('Tab')
      const label = await page.evaluate(() => {
        const { activeElement: element } = document
        return (
          element?.getAttribute('aria-label') ??
          element?.closest('label')?.textContent ??
          element?.textContent ??
          ''
        )
      })
      if (name.test(label)) return
    }
    throw new Error(`No Tab leads to ${name}.`)
  }
  await tabTo(/^Open a red ball/)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Clip' }).locator('video').waitFor()
  await tabTo(/^Save as/)
  const saving = page.waitForEvent('download', { timeout: 60_000 })
  await page.keyboard.press('g') // the first letter of GIF chooses it
  expect((await saving).suggestedFilename()).toMatch(/\.gif$/)
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
    'Open a red ball',
  )
})

describe('Chinese', () => {
  it("is the page's language where it is the browser's, in every room; it is chosen and kept", async () => {
    const { page } = await served.visit('', { locale: 'zh-CN' })
    await page.locator('summary', { hasText: '设置' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh')
    await page.getByLabel('提示词', { exact: true }).fill('a red ball')
    await page.getByRole('button', { name: /^生成/ }).click()
    await page.getByRole('region', { name: '结果' }).waitFor({ timeout: 60_000 })
    await page.locator('summary', { hasText: '设置' }).click()
    await page.getByText('高级').click()
    await page.getByLabel('宽度', { exact: true }).fill('１００')
    await page.getByText('宽度 100 已改为 96：边长须是 16 的倍数。').waitFor()
    await page.getByRole('button', { name: '帮助' }).click()
    await page.getByRole('dialog', { name: '帮助' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '模型', exact: true }).click()
    await page.getByRole('dialog', { name: '模型' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /^图库/ }).click()
    await page.getByRole('heading', { name: '图库' }).waitFor()
    expect(await seriousProblems(page)).toEqual([])
    await page.getByLabel('语言').selectOption('en')
    await page.getByRole('heading', { name: 'Gallery' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Gallery' }).waitFor()
  })
})

it('the theme is chosen, and kept', async () => {
  const page = await arrive({ colorScheme: 'light' })
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await ground()
  await page.getByLabel('Theme').selectOption('dark')
  const dark = await ground()
  expect(dark).not.toBe(light)
  await page.reload()
  await settings(page).waitFor()
  expect(await ground()).toBe(dark)
})

it("a longer prompt is written by the browser's model, shown for editing, and taken back", async () => {
  const text =
    'A paper boat drifts slowly down a rain gutter in soft morning light, the camera follows it closely.'
  const page = await arrive({
    before: (page) =>
      page.addInitScript((written) => {
        const session = { prompt: async () => written, destroy: () => undefined }
        Reflect.set(globalThis, 'LanguageModel', {
          availability: async () => 'available',
          create: async () => session,
        })
      }, text),
  })
  await writePrompt(page, 'a paper boat')
  await page.getByRole('button', { name: 'Enrich' }).click()
  await page.getByText('Written by the model in your browser.').waitFor()
  expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe(text)
  await page.getByRole('button', { name: 'Back to what I wrote' }).click()
  expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('a paper boat')
})
