// A film in a real browser, with a tiny causal model: watched while it is made, changed, stopped, gone on from, downloaded.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { readRecipe } from '../../src/media/recipe-box'
import { buildTinyPage } from './support/build-page'
import { randomFloats } from '../support/random'
import { inspectBoxes, inspectWithFfprobe } from './support/inspect-mp4'
import { servePage } from './support/served-page'
import { download, previewPixels, waitForChange, writePrompt } from './support/visit'

const served = servePage(() => buildTinyPage(undefined, 'beside'))

const MINUTES = 60_000
/** Films that are stopped at a random frame; `npm run test:films` stops ten. */
const STOPS = import.meta.env.MODE === 'films' ? 10 : 2
/** Video frames of the film that the stopped ones begin like. */
const WHOLE = 49

/** Frames that have come. */
const framesOf = (page: Page): Promise<number> => page.evaluate(() => zoetrope.get().job?.live?.frames ?? 0)

async function untilFrames(page: Page, frames: number): Promise<void> {
  await page.waitForFunction((least) => (zoetrope.get().job?.live?.frames ?? 0) >= least, frames)
}

it(
  'a film is watched, changed, stopped, gone on from and downloaded',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(3 * MINUTES)
    await page.getByText('Live', { exact: true }).click()
    await writePrompt(page, 'a red ball')
    await page.getByRole('button', { name: /^Play/ }).click()

    await page.locator('canvas').waitFor()
    await untilFrames(page, 1)
    await waitForChange(() => previewPixels(page), await previewPixels(page))
    await page.getByText(/first frame after/).waitFor()
    expect(await page.locator('video').count()).toBe(0)

    await writePrompt(page, 'a green fish')
    const changedAt = await framesOf(page)
    await page.getByRole('button', { name: /^Change the prompt/ }).click()
    await untilFrames(page, changedAt + 17)
    await page.getByRole('button', { name: 'Stop and keep' }).click()
    await page.locator('video').waitFor()

    const first = await download(page)
    const boxes = inspectBoxes(first.bytes)
    expect(boxes.boxes).toEqual(['ftyp', 'moov', 'mdat', 'uuid'])
    expect(boxes.frames % 4).toBe(1)
    expect(boxes.frames).toBeGreaterThanOrEqual(changedAt + 17)
    expect(inspectWithFfprobe(first.bytes) ?? { frames: boxes.frames }).toMatchObject({
      frames: boxes.frames,
    })
    const recipe = readRecipe(first.bytes) as { numFrames: number; live: { prompts: { prompt: string }[] } }
    expect(recipe.numFrames).toBe(boxes.frames)
    expect(recipe.live.prompts.map(({ prompt }) => prompt)).toEqual(['a red ball', 'a green fish'])

    await page.getByRole('button', { name: 'Extend' }).click()
    await untilFrames(page, 5)
    await page.getByRole('button', { name: 'Stop and keep' }).click()
    await page.locator('video').waitFor()
    const longer = inspectBoxes((await download(page)).bytes)
    expect(longer.frames).toBeGreaterThanOrEqual(boxes.frames + 4)
  },
  6 * MINUTES,
)

it(
  'a film has the same bits as far as it goes, and fragments that play',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(3 * MINUTES)
    const make = (seconds: number) =>
      page.evaluate(async (length) => {
        const pieces: number[][] = []
        const forget = zoetrope.collect(({ bytes }) => pieces.push([...bytes]))
        const { result } = await zoetrope.live({ prompt: 'a red ball', seed: 5, live: { seconds: length } })
        forget()
        const { mp4, numFrames, firstFrameSeconds, realTimeFactor, film, peakGpuBytes, plannedGpuBytes } =
          result
        return {
          mp4: [...mp4],
          pieces,
          numFrames,
          firstFrameSeconds,
          realTimeFactor,
          peakGpuBytes,
          plannedGpuBytes,
          last: [...(film.latents.at(-1)?.values ?? [])],
          lastFirst: film.latents.at(-1)?.first,
          seconds: result.seconds,
        }
      }, seconds)
    const whole = await make(2)
    expect(whole.numFrames).toBe(33)
    expect(whole.realTimeFactor).toBeGreaterThan(0)
    expect(whole.firstFrameSeconds).toBeLessThan(whole.seconds)
    expect(whole.peakGpuBytes).toBeLessThanOrEqual(whole.plannedGpuBytes)
    console.log(`first frame after ${whole.firstFrameSeconds} s of ${whole.seconds} s`)
    expect(whole.pieces.length).toBeGreaterThan(1)
    // Each number of pieces is a film that plays to its last frame.
    for (let count = 1; count <= whole.pieces.length; count++) {
      const bytes = Uint8Array.from(whole.pieces.slice(0, count).flat())
      const frames = Math.min(33, 16 * count)
      expect(inspectWithFfprobe(bytes) ?? { frames }).toMatchObject({ frames })
    }
    const short = await make(1)
    expect(short.numFrames).toBe(17)
    const again = await make(1)
    expect(again.last).toEqual(short.last)
    expect(inspectBoxes(Uint8Array.from(short.mp4)).frames).toBe(17)
  },
  6 * MINUTES,
)

interface StoppedFilm {
  readonly mp4: number[]
  readonly numFrames: number
  /** SHA-256 of each frame. */
  readonly frames: string[]
}

/** Makes a film of so many seconds, or one that is stopped as soon as it has so many frames. */
function makeFilm(
  page: Page,
  end: { readonly seconds: number } | { readonly frames: number },
): Promise<StoppedFilm> {
  return page.evaluate(async (until) => {
    const hashes: Promise<string>[] = []
    const hex = (bytes: ArrayBuffer): string =>
      [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    const forget = zoetrope.watch(({ i420 }) => {
      hashes.push(crypto.subtle.digest('SHA-256', i420.slice()).then(hex))
      if ('frames' in until && hashes.length === until.frames) zoetrope.change({ stop: true })
    })
    const live = 'seconds' in until ? { seconds: until.seconds } : {}
    const { result } = await zoetrope.live({ prompt: 'a red ball', seed: 5, live })
    forget()
    return { mp4: [...result.mp4], numFrames: result.numFrames, frames: await Promise.all(hashes) }
  }, end)
}

it(
  `a film that is stopped at a random frame, ${STOPS} times, is the beginning of the whole one`,
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(3 * MINUTES)
    const whole = await makeFilm(page, { seconds: WHOLE / 16 })
    expect(whole.frames).toHaveLength(WHOLE)
    expect(new Set(whole.frames).size).toBeGreaterThan(WHOLE / 2)
    const random = randomFloats(STOPS, 20)
    for (const value of random) {
      const at = 1 + Math.floor(((value + 1) / 2) * (WHOLE - 21))
      const { mp4, numFrames, frames } = await makeFilm(page, { frames: at })
      console.log(`stopped at frame ${at}: ${numFrames} frames`)
      expect(numFrames).toBeGreaterThanOrEqual(at)
      expect(numFrames).toBeLessThan(WHOLE)
      expect(frames).toEqual(whole.frames.slice(0, numFrames))
      const bytes = Uint8Array.from(mp4)
      expect(inspectBoxes(bytes).frames).toBe(numFrames)
      expect(inspectWithFfprobe(bytes) ?? { frames: numFrames }).toMatchObject({ frames: numFrames })
    }
  },
  15 * MINUTES,
)
