// The whole road in a second browser engine: other shader compiler, other clock, other encoder.
import { rmSync } from 'node:fs'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { serveFolder, type Served } from '../../src/cli/serve'
import { readRecipe } from '../../src/media/recipe-box'
import { buildTinyPage } from './support/build-page'
import { launchFirefox, visitInFirefox, type FirefoxVisit } from './support/firefox'
import { inspectBoxes, inspectWithFfprobe } from './support/inspect-mp4'
import { SMALL_FILES } from './support/tiny-catalogue'

const MINUTES = 60_000

let folder: string
let server: Served
let browser: Browser
let current: FirefoxVisit | undefined

beforeAll(async () => {
  folder = await buildTinyPage()
  server = await serveFolder({ root: folder })
  browser = await launchFirefox()
  console.log(`Firefox: ${await browser.version()}`)
}, 10 * MINUTES)

afterAll(async () => {
  await browser?.close()
  await server?.close()
  if (folder) rmSync(folder, { recursive: true })
})

afterEach(async () => {
  await current?.page.close()
  expect(current?.complaints ?? []).toEqual([])
  current = undefined
})

async function arrive(): Promise<Page> {
  current = await visitInFirefox(browser, server.url)
  const { page } = current
  await page.waitForFunction(
    () => zoetrope.get().engine !== undefined || zoetrope.get().problem !== undefined,
  )
  expect(await page.evaluate(() => zoetrope.get().problem?.message)).toBeUndefined()
  return page
}

interface Made {
  codec: string
  notes: string[]
  seconds: number
  mp4: string
}

/** The film and what is said of it, by the session object that the buttons use. */
async function make(
  page: Page,
  input: Record<string, unknown>,
): Promise<Omit<Made, 'mp4'> & { mp4: Uint8Array }> {
  const made = await page.evaluate(async (given): Promise<Made> => {
    const { mp4, codec, notes, seconds } = (await zoetrope.generate(given)).result
    let text = ''
    for (const byte of mp4) text += String.fromCharCode(byte)
    return { codec, notes, seconds, mp4: btoa(text) }
  }, input)
  return { ...made, mp4: new Uint8Array(Buffer.from(made.mp4, 'base64')) }
}

it(
  'a film is made, with its recipe',
  async () => {
    const page = await arrive()
    const input = {
      prompt: 'a red ball moves right',
      seed: 7,
      width: 64,
      height: 48,
      numFrames: 9,
      numInferenceSteps: 2,
    }
    const { mp4, codec, notes, seconds } = await make(page, input)
    console.log(`made in ${seconds.toFixed(1)} s, ${codec}; ${notes.join(' ')}`)
    const facts = { width: 64, height: 48, frames: 9, duration: 9 / 16 }
    expect(inspectBoxes(mp4)).toMatchObject(facts)
    expect(inspectWithFfprobe(mp4) ?? facts).toEqual(facts)
    expect(readRecipe(mp4)).toMatchObject({ app: 'Zoetrope', model: 'tiny', ...input })
  },
  10 * MINUTES,
)

it(
  'a run is cancelled, and the next one is made',
  async () => {
    const page = await arrive()
    const outcome = page.evaluate(async () => {
      try {
        await zoetrope.generate({ prompt: 'a red ball', numInferenceSteps: 200 })
        return 'made'
      } catch (error) {
        return (error as { code?: string }).code ?? String(error)
      }
    })
    await page.waitForFunction(() => zoetrope.get().job?.progress?.stage === 'denoise')
    const ms = page.evaluate(async () => {
      const from = performance.now()
      zoetrope.cancel()
      while (zoetrope.get().job !== undefined) await new Promise((resolve) => setTimeout(resolve, 10))
      return performance.now() - from
    })
    expect(await outcome).toBe('cancelled')
    console.log(`cancelled in ${(await ms).toFixed(0)} ms`)
    expect(await ms).toBeLessThan(5_000)
    const { mp4 } = await make(page, {
      prompt: 'a red ball',
      width: 32,
      height: 32,
      numFrames: 5,
      numInferenceSteps: 1,
    })
    expect(inspectBoxes(mp4)).toMatchObject({ width: 32, frames: 5 })
  },
  10 * MINUTES,
)

it(
  'a run whose tab is closed goes on in another one, with the same latents',
  async () => {
    const input = {
      prompt: 'a red ball',
      seed: 42,
      width: 32,
      height: 32,
      numFrames: 5,
      numInferenceSteps: 60,
    }
    const latents = (page: Page, given: Parameters<typeof zoetrope.generate>[0]): Promise<string> =>
      page.evaluate(async (each) => (await zoetrope.generate(each)).result.latentsSha256, given)
    const first = await arrive()
    const undisturbed = await latents(first, input)
    await first.evaluate((given) => void zoetrope.generate(given).catch(() => undefined), input)
    await first.waitForFunction(() => {
      const { stage, step = 0 } = zoetrope.get().job?.progress ?? {}
      return stage === 'denoise' && step >= 5
    })
    await first.close()
    const second = await arrive()
    const [run] = await second.evaluate(() => zoetrope.interruptedRuns())
    expect(run).toMatchObject({ stage: 'denoise', steps: 60, adapter: expect.any(String) as string })
    expect(run!.step).toBeGreaterThanOrEqual(4)
    console.log(`goes on from step ${run!.step}`)
    expect(await latents(second, { resume: { run: run!.id } })).toBe(undisturbed)
    expect(await second.evaluate(() => zoetrope.interruptedRuns())).toEqual([])
  },
  10 * MINUTES,
)

it(
  'the files of a model are read, and make a film',
  async () => {
    const page = await arrive()
    const files = [...SMALL_FILES].map(([name, bytes]) => ({
      name,
      text: Buffer.from(bytes).toString('base64'),
    }))
    await page.evaluate(async (given) => {
      const named = given.map(({ name, text }) => ({
        name,
        file: new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]),
      }))
      await zoetrope.open({ model: { kind: 'files', files: named } })
    }, files)
    expect(await page.evaluate(() => zoetrope.get().problem?.message)).toBeUndefined()
    expect(await page.evaluate(() => zoetrope.get().engine?.model.id)).toBe('wan-2x128')
    const { mp4 } = await make(page, {
      prompt: 'a red ball',
      width: 48,
      height: 32,
      numFrames: 5,
      numInferenceSteps: 1,
      guidanceScale: 1,
    })
    expect(inspectBoxes(mp4)).toMatchObject({ width: 48, height: 32, frames: 5 })
  },
  10 * MINUTES,
)
