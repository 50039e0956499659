// The whole road in a real browser, with the goldens' tiny models: page, worker, engine, encoder, service worker.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { launchBrowser } from '../../src/cli/browser'
import { serveFolder } from '../../src/cli/serve'
import { readRecipe } from '../../src/media/recipe-box'
import { buildTinyPage } from './support/build-page'
import { servePage } from './support/served-page'
import { inspectBoxes, inspectWithFfprobe } from './support/inspect-mp4'
import { download, openSettings, previewPixels, waitForChange, writePrompt, visit } from './support/visit'
import { stop } from './support/studio'

const MINUTES = 60_000

const served = servePage(buildTinyPage)

it('has two builds of one onnxruntime, for browsers with and without JSPI', () => {
  const assets = readdirSync(join(served.folder, 'assets'))
  const builds = assets
    .filter((name) => name.endsWith('.wasm'))
    .map((name) => name.split('-').slice(0, -1).join('-'))
  expect(builds.sort()).toEqual(['ort-wasm-simd-threaded.asyncify', 'ort-wasm-simd-threaded.jspi'])
  expect(assets.filter((name) => name.startsWith('worker-'))).toHaveLength(1)
})

it(
  'a prompt is watched, cancelled, asked for again, played and downloaded',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(3 * MINUTES)
    await page.getByText(/\d+ [kMG]B of GPU memory$/).waitFor()
    await openSettings(page)
    await page.getByLabel('Steps', { exact: true }).fill('12')
    await writePrompt(page, 'a red ball moves right')
    await page.keyboard.press('Control+Enter')

    const bar = page.getByRole('progressbar')
    await bar.waitFor()
    await page.locator('canvas').waitFor()
    const seen = Number(await bar.getAttribute('aria-valuenow'))
    expect(seen).toBeGreaterThan(0)
    await waitForChange(() => previewPixels(page), await previewPixels(page))
    await stop(page)
    const pressed = Date.now()
    await page.getByRole('button', { name: /^Generate/ }).waitFor()
    console.log(`cancelled in ${Date.now() - pressed} ms`)
    expect(await page.locator('video').count()).toBe(0)

    await page.getByLabel('Steps', { exact: true }).fill('2')
    await page.getByLabel('Frames', { exact: true }).fill('8') // snapped to 9
    await page.getByRole('button', { name: /^Generate/ }).click()
    const video = page.locator('video')
    await video.waitFor()
    await waitForChange(
      () => video.evaluate((element: HTMLVideoElement) => String(element.currentTime > 0.1)),
      'false',
    )
    await page.getByText('Frames 8 became 9: a clip has 4n + 1 frames.').first().waitFor()

    const { bytes } = await download(page)
    const facts = { width: 64, height: 48, frames: 9, duration: 9 / 16 }
    expect(inspectBoxes(bytes)).toEqual({ ...facts, boxes: ['ftyp', 'moov', 'mdat', 'uuid'] })
    expect(inspectWithFfprobe(bytes) ?? facts).toEqual(facts)
    expect(readRecipe(bytes)).toMatchObject({
      app: 'Zoetrope',
      model: 'tiny',
      prompt: 'a red ball moves right',
      numInferenceSteps: 2,
      fps: 16,
    })
    const { peakGpuBytes, plannedGpuBytes, stages } = await page.evaluate(() => {
      const { mp4: _, latents: _latents, ...facts } = zoetrope.get().clip!.result
      return facts
    })
    expect(served.current.own.map((url) => new URL(url).pathname)).toContain('/models/mini/manifest.json') // the worker's requests are seen
    expect(Math.abs(peakGpuBytes / plannedGpuBytes - 1)).toBeLessThan(0.1)
    expect(stages.map(({ stage }) => stage)).toEqual([
      'load',
      'tokenise',
      'encode',
      'denoise',
      'decode',
      'finish',
    ])
  },
  10 * MINUTES,
)

it(
  'a prompt sent while the model opens gets the settings of the model',
  async () => {
    let press = (): void => {}
    const pressed = new Promise<void>((resolve) => (press = resolve))
    const { page } = await served.visit('', {
      before: (page) => page.route('**/manifest.json', (route) => pressed.then(() => route.continue())),
    })
    page.setDefaultTimeout(3 * MINUTES)
    await writePrompt(page, 'a blue boat')
    await page.keyboard.press('Control+Enter')
    expect(await page.evaluate(() => zoetrope.get().engine)).toBeUndefined()
    press()
    const { bytes } = await download(page)
    expect(readRecipe(bytes)).toMatchObject({
      prompt: 'a blue boat',
      width: 64,
      height: 48,
      numFrames: 9,
      numInferenceSteps: 2,
      guidanceScale: 1,
      shift: 3,
      sampler: 'unipc',
    })
  },
  5 * MINUTES,
)

it(
  'a prompt that is too long is cut, and said so; so is what the step cache did',
  async () => {
    const { page } = await served.visit()
    const { notes } = await page.evaluate(
      async () =>
        (
          await zoetrope.generate({
            prompt: 'a red ball '.repeat(100),
            width: 32,
            height: 32,
            numFrames: 1,
            numInferenceSteps: 4,
            cache: 'easy',
          })
        ).result,
    )
    expect(notes.join(' ')).toMatch(/24 tokens/)
    expect(notes.join(' ')).toMatch(/EasyCache made [01] of 4 steps without running the model\./)
  },
  5 * MINUTES,
)

it(
  'with the network cut after the first visit it opens, makes and saves a film',
  async () => {
    const own = await serveFolder({ root: served.folder })
    const { page, context, complaints } = await served.visit(own.url, { serviceWorkers: 'allow' })
    page.setDefaultTimeout(3 * MINUTES)
    await page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state) // all is in its cache
    const kept = await page.evaluate(async () => {
      const all = await Promise.all(
        (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
      )
      return all.flat().flatMap(({ url }) => /\.(jspi|asyncify)-[^/]*\.wasm$/.exec(url)?.[1] ?? [])
    })
    expect(kept).toEqual([(await page.evaluate(() => 'Suspending' in WebAssembly)) ? 'jspi' : 'asyncify'])
    await own.close()
    await context.setOffline(true)
    await page.reload()
    await writePrompt(page, 'a blue boat')
    const film = page.evaluate(
      async () =>
        (
          await zoetrope.generate({
            prompt: 'a blue boat',
            width: 32,
            height: 32,
            numFrames: 5,
            numInferenceSteps: 1,
          })
        ).result.codec,
    )
    expect(await film).not.toBe('')
    const { bytes } = await download(page)
    expect(inspectBoxes(bytes)).toMatchObject({ width: 32, frames: 5 })
    expect(complaints).toEqual([])
  },
  5 * MINUTES,
)

it(
  'a GPU that crashes once costs nothing but time; twice, the page says what to do',
  async () => {
    const own = await launchBrowser() // it is not the same afterwards
    try {
      const { page, complaints } = await visit(own, served.url)
      const devtools = await own.newBrowserCDPSession()
      const filmWithCrash = async (): Promise<string> => {
        const film = page.evaluate(() =>
          zoetrope
            .generate({ prompt: 'a blue boat', width: 32, height: 32, numFrames: 5, numInferenceSteps: 20 })
            .then(
              ({ result }) => result.codec,
              (error: Error) => error.message,
            ),
        )
        await page.waitForFunction(() => zoetrope.get().job?.progress?.stage === 'denoise', null, {
          timeout: MINUTES,
        })
        await devtools.send('Browser.crashGpuProcess')
        return film
      }
      expect(await filmWithCrash()).toMatch(/^(H\.264|VP9|AV1)$/)
      expect(await filmWithCrash()).toMatch(
        /^The GPU stopped, and the browser will not give it back to this page\. Reload the page/,
      )
      await page.getByRole('heading', { name: 'The GPU stopped' }).waitFor()
      await page.reload()
      await page.waitForFunction(() => zoetrope.get().engine !== undefined, null, { timeout: MINUTES })
      expect(complaints).toEqual([])
    } finally {
      await own.close()
    }
  },
  5 * MINUTES,
)
