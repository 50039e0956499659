// The page with a stand-in engine: everything that does not need the model.
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { serveFolder } from '../../src/cli/serve'
import { readRecipe } from '../../src/media/recipe-box'
import { REFUSED } from './support/bad-input'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { inspectBoxes, inspectWithFfprobe } from './support/inspect-mp4'
import { seriousProblems } from './support/axe'
import {
  download,
  openSettings,
  previewPixels,
  waitForChange,
  writePrompt,
  settings,
  type VisitOptions,
} from './support/visit'

const served = servePage(buildFakePage)

async function arrive(options: VisitOptions = {}, query = ''): Promise<Page> {
  return (await served.visit(query, options)).page
}

const generate = (page: Page) => page.getByRole('button', { name: /^Generate/ })
const alert = (page: Page) => page.getByRole('alert')
const stop = async (page: Page): Promise<void> => {
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
}

describe('a film', () => {
  it('is asked for, watched, cancelled, asked for again, played and downloaded', async () => {
    const page = await arrive()
    await writePrompt(page, 'a slow red ball')
    await generate(page).click()
    const bar = page.getByRole('progressbar')
    await bar.waitFor()
    const before = await bar.getAttribute('aria-valuenow')
    await page.locator('canvas').waitFor()
    await waitForChange(() => previewPixels(page), await previewPixels(page))
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(Number(before))
    await page.getByRole('button', { name: /^Cancel/ }).click()
    await generate(page).waitFor()
    expect(await page.locator('video').count()).toBe(0)
    expect(await alert(page).count()).toBe(0)

    await writePrompt(page, 'a red ball moves right')
    await generate(page).click()
    const video = page.locator('video')
    await video.waitFor()
    await waitForChange(
      () => video.evaluate((element: HTMLVideoElement) => String(element.currentTime > 0.2)),
      'false',
    )
    expect(
      await video.evaluate((element: HTMLVideoElement) => [
        element.videoWidth,
        element.videoHeight,
        element.loop,
      ]),
    ).toEqual([96, 96, true])

    const file = await download(page)
    expect(file.name).toMatch(/^a-red-ball-moves-right-\d+\.mp4$/)
    expect(inspectBoxes(file.bytes)).toEqual({
      width: 96,
      height: 96,
      frames: 33,
      duration: 33 / 16,
      boxes: ['ftyp', 'moov', 'mdat', 'uuid'],
    })
    expect(inspectWithFfprobe(file.bytes) ?? { frames: 33 }).toMatchObject({ frames: 33 })
    expect(readRecipe(file.bytes)).toMatchObject({
      prompt: 'a red ball moves right',
      width: 96,
      numFrames: 33,
      fps: 16,
    })
  })

  it('has the colours of its frames', async () => {
    const page = await arrive()
    await writePrompt(page, 'colours')
    await generate(page).click()
    await page.locator('video').waitFor()
    const colours = await page.locator('video').evaluate(async (video: HTMLVideoElement) => {
      if (video.readyState < 2)
        await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }))
      video.pause()
      video.currentTime = 0
      await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }))
      const canvas = new OffscreenCanvas(96, 96)
      const context = canvas.getContext('2d')
      context?.drawImage(video, 0, 0)
      return [14, 80].map((x) => Array.from(context?.getImageData(x, 48, 1, 1).data ?? []))
    })
    const wanted = [
      [226, 44, 46],
      [135, 190, 235],
    ]
    for (const [i, colour] of wanted.entries()) {
      for (const [channel, value] of colour.entries())
        expect(Math.abs((colours[i]?.[channel] ?? -99) - value)).toBeLessThan(10)
    }
  })

  it('goes by keyboard alone', async () => {
    const page = await arrive()
    await settings(page).waitFor()
    await page.getByLabel('Prompt', { exact: true }).focus()
    await page.keyboard.type('a slow red ball')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('progressbar').waitFor()
    await stop(page)
    await generate(page).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Generate/)
  })

  it('keeps its seed when that is not random', async () => {
    const page = await arrive()
    await openSettings(page)
    await page.getByLabel('random').uncheck()
    await page.getByLabel('Seed', { exact: true }).fill('42')
    await writePrompt(page, 'a red ball')
    await generate(page).click()
    await page.getByText('seed 42').waitFor()
  })
})

it('EasyCache is chosen among the settings, off at first, and its recipe is in the file', async () => {
  const page = await arrive()
  await openSettings(page)
  await page.getByText('Advanced').click()
  const cache = page.getByLabel('Cache', { exact: true })
  expect(await cache.inputValue()).toBe('off')
  await cache.selectOption('easy')
  await page.getByLabel('Sampler', { exact: true }).selectOption('rcm')
  await page.getByText('Cache easy became off: rCM has no step to leave out.').waitFor()
  await page.getByLabel('Sampler', { exact: true }).selectOption('unipc')
  await writePrompt(page, 'a red ball')
  await generate(page).click()
  expect(readRecipe((await download(page)).bytes)).toMatchObject({ cache: 'easy' })
})

describe('bad input', () => {
  it('an empty prompt is refused in words', async () => {
    const page = await arrive()
    await settings(page).waitFor()
    await generate(page).click()
    expect(await alert(page).textContent()).toBe('The prompt is empty: describe what the video should show.')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('prompt')
  })

  it.each([
    ['Width', '833', 'Width 833 became 832: sides are multiples of 16.'],
    ['Frames', '80', 'Frames 80 became 81: a clip has 4n + 1 frames.'],
    ['Steps', '0', 'Steps must be a whole number from 1 to 200; 0 is outside.'],
    ['Steps', '1e9', 'Steps must be a whole number from 1 to 200; 1000000000 is outside.'],
  ])('%s %s: the rule stands below the field', async (label, value, rule) => {
    const page = await arrive()
    await openSettings(page)
    const field = page.getByLabel(label, { exact: true })
    await field.fill(value)
    await page.getByText(rule).waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe(String(!rule.includes('became')))
  })

  it('a refused setting refuses the run, with the same words', async () => {
    const page = await arrive()
    await openSettings(page)
    await page.getByLabel('random').uncheck()
    await page.getByLabel('Seed', { exact: true }).fill('abc')
    await writePrompt(page, 'a red ball')
    await generate(page).click()
    await alert(page)
      .getByText('Seed must be a whole number from 0 to 9007199254740991; "abc" is not a number.')
      .waitFor()
  })

  it('is answered as on the command line', async () => {
    const page = await arrive()
    await settings(page).waitFor()
    for (const { input, answer } of REFUSED) {
      const reason = await page.evaluate(
        (given) => zoetrope.generate(given).then(String, (error: Error) => error.message),
        { prompt: 'a red ball', ...input },
      )
      expect(reason).toBe(answer)
    }
  })

  it('a prompt of emoji, right-to-left text, NUL and half a surrogate pair still makes a film', async () => {
    const page = await arrive()
    await settings(page).waitFor()
    const { prompt, notes } = await page.evaluate(
      async () => (await zoetrope.generate({ prompt: 'כדור 🎈 \u0000\uD83D!', numFrames: 5 })).result,
    )
    expect(prompt).toBe('כדור 🎈 \uFFFD!')
    expect(notes).toHaveLength(2)
    const file = await download(page)
    expect(readRecipe(file.bytes)).toMatchObject({ prompt })
    expect(inspectBoxes(file.bytes).frames).toBe(5)
  })
})

describe('what can go wrong', () => {
  it('no WebGPU is explained', async () => {
    const page = await arrive({
      before: (page) => page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu')),
    })
    await page.getByRole('heading', { name: 'WebGPU is missing' }).waitFor()
    expect(await alert(page).textContent()).toMatch(/Open this page in a current Chrome or Edge/)
    expect(await generate(page).isDisabled()).toBe(true)
    expect(await seriousProblems(page)).toEqual([])
  })

  it('a model that is not there is named', async () => {
    const page = await arrive({}, '?model=models/absent')
    await page.getByRole('heading', { name: 'The model was not found' }).waitFor()
    expect(await alert(page).textContent()).toContain('/models/absent/: its manifest.json was not found.')
  })

  it('a model that does not open can be given up, and opened again', async () => {
    const page = await arrive({}, '?model=models/endless')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
    expect(await alert(page).textContent()).toContain('The model was not opened.')
    expect(await seriousProblems(page)).toEqual([])
    await page.getByRole('button', { name: 'Try again' }).click()
    await settings(page).waitFor()
  })

  it('a model on another host is refused', async () => {
    const page = await arrive({}, '?model=https://example.org/model/')
    await alert(page).getByText('"https://example.org/model/" is on https://example.org').waitFor()
  })

  it.each([
    ['broken', 'The GPU ran out of memory', 'Choose a smaller size or fewer frames'],
    ['lost', 'The GPU stopped', 'Close other heavy tabs and try again'],
  ])('%s: a sentence, and a retry that works', async (prompt, title, sentence) => {
    const page = await arrive()
    await writePrompt(page, prompt)
    await generate(page).click()
    await page.getByRole('heading', { name: title }).waitFor()
    expect(await alert(page).textContent()).toContain(sentence)
    await writePrompt(page, 'a red ball')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('video').waitFor()
  })
})

it('the watch would see a worker that calls another host (control)', async () => {
  const page = await arrive()
  await writePrompt(page, 'foreign')
  await generate(page).click()
  await page.locator('video').waitFor() // the policy blocked the call, the job went on
  const { complaints, foreign } = served.current
  expect([...complaints, ...foreign].join(' ')).toContain('https://example.org/')
  complaints.length = 0
  foreign.length = 0
})

describe('the installed page', () => {
  const workerState = (page: Page) =>
    page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state)

  it('works from any folder, with its service worker', async () => {
    const root = mkdtempSync(join(tmpdir(), 'zoetrope-host-'))
    cpSync(served.folder, join(root, 'some/folder'), { recursive: true })
    const host = await serveFolder({ root })
    const { page, context } = await served.visit(`${host.url}some/folder/`, { serviceWorkers: 'allow' })
    await settings(page).waitFor()
    expect(await workerState(page)).toMatch(/^activat/)
    const links = await page
      .locator('link[rel=manifest]')
      .evaluateAll((elements) => elements.map((element) => (element as HTMLLinkElement).href))
    expect(links).toEqual([`${host.url}some/folder/manifest.webmanifest`])
    await host.close()
    await context.setOffline(true)
    await page.reload()
    await writePrompt(page, 'a red ball')
    await generate(page).click()
    expect((await download(page)).bytes.length).toBeGreaterThan(1000)
    rmSync(root, { recursive: true })
  })

  it('leaves the bench its own page, options and all', async () => {
    const page = await arrive({ serviceWorkers: 'allow' })
    expect(await workerState(page)).toMatch(/^activat/)
    await page.reload() // now the service worker has the page
    await page.goto(new URL('bench.html?quick&filter=linear', page.url()).href)
    await page.getByRole('heading', { name: 'Zoetrope bench' }).waitFor()
  })

  it('asks before a new version takes over, and not while it works', async () => {
    const page = await arrive({ serviceWorkers: 'allow' })
    expect(await workerState(page)).toMatch(/^activat/)
    await page.reload() // now the service worker has the page
    await settings(page).waitFor()
    appendFileSync(join(served.folder, 'sw.js'), '// newer\n')
    await writePrompt(page, 'a slow red ball')
    await generate(page).click()
    await page.getByRole('progressbar').waitFor()
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.ready).update()
    })
    await page.waitForFunction(async () => (await navigator.serviceWorker.ready).waiting !== null)
    const update = page.getByRole('button', { name: 'Update' })
    expect(await page.getByRole('progressbar').count()).toBe(1)
    expect(await update.count()).toBe(0)
    await stop(page)
    await update.waitFor()
    await Promise.all([page.waitForEvent('load'), update.click()])
    await settings(page).waitFor()
    expect(await update.count()).toBe(0)
  })
})
