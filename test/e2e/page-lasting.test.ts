// Nothing is lost and nothing surprises: reloads, keys, errors, two tabs; with a stand-in engine.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { readRecipe } from '../../src/media/recipe-box'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { generate, makeClip, startClip, stop, toast } from './support/studio'
import { download, openSettings, settings, writePrompt, type VisitOptions } from './support/visit'

const served = servePage(buildFakePage)

async function arrive(options: VisitOptions = {}, query = ''): Promise<Page> {
  const { page } = await served.visit(query, options)
  await settings(page).waitFor()
  return page
}

const bar = (page: Page) => page.getByRole('progressbar', { name: 'Progress' })
const isRunning = (page: Page) => page.evaluate(() => zoetrope.get().job !== undefined)
const promptOf = (page: Page) => page.getByLabel('Prompt', { exact: true }).inputValue()
const queued = (page: Page) => page.locator('.queued-prompt').allTextContents()

describe('a reload', () => {
  it('keeps prompt, settings and the clip', async () => {
    const page = await arrive()
    await openSettings(page)
    await page.getByLabel('Width', { exact: true }).fill('64')
    await makeClip(page, 'a red ball')
    await writePrompt(page, 'half a thou')
    await page.reload()
    await page.getByRole('region', { name: 'Result' }).getByText('a red ball').waitFor()
    expect(await promptOf(page)).toBe('half a thou')
    await page.getByText('64 × 96, 2.1 s, 4 steps').waitFor()
    const video = page.locator('video')
    await video.waitFor()
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) > 1)
  })

  it('in the middle of a queue loses nothing: what was left is made when it is asked for', async () => {
    const page = await arrive()
    await startClip(page, 'a slow red ball')
    await bar(page).waitFor()
    for (const prompt of ['a blue boat', 'a yellow star']) await startClip(page, prompt)
    expect(await queued(page)).toEqual(['a slow red ball', 'a blue boat', 'a yellow star'])
    await page.getByRole('button', { name: 'Remove a blue boat' }).click()
    page.on('dialog', (dialog) => void dialog.accept())
    await page.reload()
    await page.getByText('2 videos were not finished when the page closed.').waitFor()
    expect(await queued(page)).toEqual(['a slow red ball', 'a yellow star'])
    expect(await isRunning(page)).toBe(false)
    await page.getByRole('region', { name: 'Queue' }).getByRole('button', { name: 'Resume' }).last().click()
    await page.getByRole('button', { name: 'Show a slow red ball' }).waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Show a yellow star' }).waitFor({ timeout: 60_000 })
    expect(await queued(page)).toEqual([])
  })

  it('of a page that makes a video is asked about first', async () => {
    const page = await arrive()
    await startClip(page, 'a slow red ball')
    await bar(page).waitFor()
    const asked: string[] = []
    page.on('dialog', (dialog) => {
      asked.push(dialog.type())
      void dialog.accept()
    })
    await page.reload()
    expect(asked).toEqual(['beforeunload'])
    await page.reload()
    expect(asked.length).toBe(1)
  })
})

describe('a video goes on', () => {
  it('through a double click, a second Enter and one Escape', async () => {
    const page = await arrive()
    await writePrompt(page, 'a slow red ball')
    await generate(page).dblclick()
    await bar(page).waitFor()
    await page.getByLabel('Prompt', { exact: true }).press('Control+Enter')
    expect(await queued(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByText('Press Esc again to stop this video.').waitFor()
    expect(await isRunning(page)).toBe(true)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Generate/ }).waitFor()
    await toast(page).getByText('Stopped.').waitFor()
  })

  it('through the Escapes of an input method', async () => {
    const page = await arrive()
    await startClip(page, 'a slow red ball')
    await bar(page).waitFor()
    await page.getByLabel('Prompt', { exact: true }).focus()
    const client = await served.current.context.newCDPSession(page)
    await client.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    for (let time = 0; time < 3; time++)
      await page.evaluate(() =>
        document
          .getElementById('prompt')
          ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', isComposing: true, bubbles: true })),
      )
    expect(await page.getByText('Press Esc again').count()).toBe(0)
    expect(await isRunning(page)).toBe(true)
  })

  it('through the Escape of a dialog, which gives the focus back', async () => {
    const page = await arrive()
    await startClip(page, 'a slow red ball')
    await bar(page).waitFor()
    const help = page.getByRole('button', { name: 'Help' })
    await help.click()
    await page.getByRole('dialog', { name: 'Help' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await isRunning(page)).toBe(true)
    expect(await help.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('in a tab that nobody looks at, where the browser draws nothing', async () => {
    const page = await arrive()
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true })
      Object.defineProperty(document, 'visibilityState', { value: 'hidden' })
      globalThis.requestAnimationFrame = () => 0
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await startClip(page, 'a red ball, slow at first')
    await page.waitForFunction(() => zoetrope.get().clip !== undefined, null, {
      timeout: 60_000,
      polling: 200,
    })
  })

  it('on battery with a hint, which goes when the machine is plugged in', async () => {
    const page = await arrive({
      before: (page) =>
        page.addInitScript(() => {
          const battery = Object.assign(new EventTarget(), { charging: false })
          Object.assign(navigator, { getBattery: async () => battery })
          Object.assign(globalThis, { battery })
        }),
    })
    const hint = page.getByText('Running on battery')
    expect(await hint.count()).toBe(0)
    await startClip(page, 'a slow red ball')
    await hint.waitFor()
    await page.evaluate(() => {
      const { battery } = globalThis as unknown as { battery: EventTarget & { charging: boolean } }
      battery.charging = true
      battery.dispatchEvent(new Event('chargingchange'))
    })
    await hint.waitFor({ state: 'detached' })
    await stop(page)
  })

  it('with its progress in the title and the icon, and neither afterwards', async () => {
    const page = await arrive()
    const icon = () => page.locator('link[rel=icon]').getAttribute('href')
    const before = [await page.title(), await icon()]
    await startClip(page, 'a slow red ball')
    await page.waitForFunction(() => /^\d+ %/.test(document.title))
    await page.waitForFunction(() =>
      document.querySelector('link[rel=icon]')?.getAttribute('href')?.startsWith('blob:'),
    )
    await stop(page)
    await page.getByRole('button', { name: /^Generate/ }).waitFor()
    expect([await page.title(), await icon()]).toEqual(before)
  })
})

it("the clock moves inside the first step, and the time that is left is the whole run's", async () => {
  const page = await arrive()
  await makeClip(page, 'a slow red ball') // from then on the machine is known
  await startClip(page, 'another slow red ball')
  await bar(page).waitFor()
  await page
    .getByText(/left|nearly done/)
    .first()
    .waitFor()
  const text = () => page.locator('.numbers').first().textContent()
  const width = () =>
    page
      .locator('.bar-stage[data-active=true] > span')
      .evaluate((element) => getComputedStyle(element).transform)
  const [firstText, firstWidth] = [await text(), await width()]
  await page.waitForFunction(
    (before) => document.querySelector('.numbers')?.textContent !== before,
    firstText,
  )
  expect(await width()).not.toBe(firstWidth)
  await stop(page)
})

it('an error stands beside a clip, never in its place; and is dismissed', async () => {
  const page = await arrive()
  await makeClip(page, 'a red ball')
  await startClip(page, 'broken')
  await page.getByRole('heading', { name: 'The GPU ran out of memory' }).waitFor()
  expect(await page.locator('video').isVisible()).toBe(true)
  await page.getByRole('button', { name: 'Dismiss' }).click()
  expect(await page.getByRole('alert').count()).toBe(0)
  expect(await page.getByRole('region', { name: 'Result' }).isVisible()).toBe(true)
})

it('an earlier clip can be watched while the next one is made', async () => {
  const page = await arrive()
  await makeClip(page, 'a red ball')
  await startClip(page, 'a slow blue boat')
  await bar(page).waitFor()
  await page.getByRole('button', { name: 'Show a red ball' }).click()
  await page.locator('video').waitFor()
  expect(await bar(page).count()).toBe(1)
  await page.getByRole('button', { name: 'Back to the preview' }).click()
  await page.locator('canvas').waitFor()
  await stop(page)
})

it('is stopped and kept: the clip says how many steps were run, and the queue goes on', async () => {
  const page = await arrive()
  await startClip(page, 'a red ball, slow at first')
  await startClip(page, 'a blue boat')
  const keep = page.getByRole('button', { name: 'Stop and keep' })
  await keep.click()
  expect(await keep.isEnabled().catch(() => false)).toBe(false)
  await page.getByRole('button', { name: 'Show a red ball, slow at first' }).waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Show a blue boat' }).waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Show a red ball, slow at first' }).click()
  const result = page.getByRole('region', { name: 'Result' })
  await result.locator('summary').click()
  await result.getByText(/stopped after [123] of 4 steps/).waitFor()
  const { bytes } = await download(page)
  expect(readRecipe(bytes)).toMatchObject({ numInferenceSteps: 4, stepsRun: expect.any(Number) as number })
})

describe('a queue', () => {
  it('of a list has a video for each line; it pauses, and goes on', async () => {
    const page = await arrive()
    await writePrompt(page, 'a slow red ball\na blue boat\n\n  a yellow star ')
    await page.getByLabel(/Queue each line/).check()
    await generate(page).click()
    await bar(page).waitFor()
    expect(await queued(page)).toEqual(['a slow red ball', 'a blue boat', 'a yellow star'])
    await page.getByRole('button', { name: 'Move a yellow star up' }).click()
    expect(await queued(page)).toEqual(['a slow red ball', 'a yellow star', 'a blue boat'])
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await stop(page)
    await page.getByText('Paused.').waitFor()
    await page.getByRole('button', { name: /^Generate/ }).waitFor()
    expect(await queued(page)).toEqual(['a yellow star', 'a blue boat'])
    await page.getByRole('button', { name: /^Only a blue boat/ }).click()
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await page.getByRole('button', { name: 'Show a blue boat' }).waitFor({ timeout: 60_000 })
    expect(await page.getByRole('button', { name: /^Show a yellow star/ }).count()).toBe(0)
  })

  it("is one tab's: another one begins with none, and disturbs nothing", async () => {
    const page = await arrive()
    await startClip(page, 'a slow red ball')
    await startClip(page, 'a blue boat')
    const second = await served.current.context.newPage()
    await second.goto(served.url)
    await settings(second).waitFor()
    expect(await second.getByText('not finished').count()).toBe(0)
    await second.close()
    await stop(page)
    await page.getByRole('button', { name: 'Show a blue boat' }).waitFor({ timeout: 60_000 })
  })
})

it('a new version that one tab takes is reported in the other, whose button works', async () => {
  const page = await arrive({ serviceWorkers: 'allow' })
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await settings(page).waitFor()
  const second = await served.current.context.newPage()
  await second.goto(served.url)
  await settings(second).waitFor()
  appendFileSync(join(served.folder, 'sw.js'), '// newer\n')
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
  const update = page.getByRole('button', { name: 'Update' })
  await update.waitFor()
  await Promise.all([page.waitForEvent('load'), update.click()])
  const reload = second.getByRole('button', { name: 'Reload' })
  await reload.waitFor()
  await Promise.all([second.waitForEvent('load'), reload.click()])
  await settings(second).waitFor()
  expect(await second.locator('.update').count()).toBe(0)
})
