// The bundled model on the page, with a picture: a clip begins with it, its recipe finds it again, and the next clip
// goes on from its end. Few frames and steps: what is made is less than the model can do.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { readRecipe } from '../../src/media/recipe-box'
import { buildPage } from './support/build-page'
import { decodedFrames } from './support/decoded-frames'
import { servePage } from './support/served-page'
import { notesIn, storedFiles } from './support/stored'
import { dropFile, generate, toast } from './support/studio'
import { download, openSettings, settings, writePrompt } from './support/visit'

const MINUTES = 60_000
const SIDE = 64
const FRAMES = 5
const PROMPT = 'a green fish, drifting left under water'

const served = servePage(buildPage)

/** A red ball on a pale ground: nothing like the prompt. */
function paintPicture(page: Page): Promise<number[]> {
  return page.evaluate(async (side) => {
    const canvas = new OffscreenCanvas(side, side)
    const context = canvas.getContext('2d')!
    context.fillStyle = 'rgb(235 215 170)'
    context.fillRect(0, 0, side, side)
    context.fillStyle = 'rgb(210 40 40)'
    context.arc(0.5 * side, 0.5 * side, 0.25 * side, 0, 2 * Math.PI)
    context.fill()
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]
  }, SIDE)
}

/** Decibels, of bytes. */
function psnr(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length)
  const squares = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)
  return 10 * Math.log10(255 ** 2 / (squares / a.length))
}

const result = (page: Page) => page.getByRole('region', { name: 'Result' })

/** Makes a clip and waits until the gallery has so many. */
async function make(page: Page, clips: number): Promise<{ mp4: Uint8Array; frames: Uint8Array[] }> {
  await page.waitForTimeout(750) // no double click
  await generate(page).click()
  await expect.poll(() => page.locator('.strip-clip').count(), { timeout: 3 * MINUTES }).toBe(clips)
  const { bytes } = await download(page)
  const { frames, width } = decodedFrames('clip.mp4', bytes)
  expect([width, frames.length]).toEqual([SIDE, FRAMES])
  return { mp4: bytes, frames }
}

it(
  'a clip begins with a picture, its recipe finds that again, and the next clip goes on from its end',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(MINUTES)
    await settings(page).waitFor()
    await openSettings(page)
    await page.locator('summary', { hasText: 'Advanced' }).click()
    await page.getByLabel('Frames', { exact: true }).fill(String(FRAMES))
    await page.getByLabel('Steps', { exact: true }).fill('2')
    await page.getByLabel('Upscale', { exact: true }).selectOption('1')
    await page.getByLabel('random').uncheck()
    await page.getByLabel('Seed', { exact: true }).fill('7')
    await writePrompt(page, PROMPT)

    const picture = Buffer.from(await paintPicture(page))
    const { frames: painted } = decodedFrames('picture.png', picture)
    await dropFile(page, 'ball.png', picture, 'image/png')
    await toast(page).getByText('The clip will begin with ball.png.').waitFor()
    const first = await make(page, 1)
    const likeness = psnr(first.frames[0]!, painted[0]!)

    await page.getByRole('button', { name: 'Remove the picture' }).click()
    const fromText = await make(page, 2)
    const unlike = psnr(fromText.frames[0]!, painted[0]!)
    console.log(`frame 0 and the picture: ${likeness.toFixed(1)} dB, without it ${unlike.toFixed(1)} dB`)
    expect(likeness).toBeGreaterThan(22)
    expect(unlike).toBeLessThan(16)

    await writePrompt(page, 'something else')
    await dropFile(page, 'clip.mp4', first.mp4, 'video/mp4')
    await toast(page).getByText('This file was made by Zoetrope.').waitFor()
    expect(await toast(page).textContent()).not.toContain('Not restored')
    await page.locator('.begins-with img').waitFor()
    expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe(PROMPT)
    expect(await page.getByLabel('Seed', { exact: true }).inputValue()).toBe('7')

    await page
      .getByRole('button', { name: `Show ${PROMPT}` })
      .last()
      .click()
    await result(page).getByRole('button', { name: 'Continue this clip' }).click()
    await page.getByText(`Continues “${PROMPT}”`).waitFor()
    const next = await make(page, 3)
    const [made, followed] = [readRecipe(first.mp4), readRecipe(next.mp4)] as Record<string, unknown>[]
    expect(made!['imageSha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(followed!['continuesSha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(followed).not.toHaveProperty('imageSha256')
    const seam = psnr(next.frames[0]!, first.frames.at(-1)!)
    console.log(`frame 0 of the next clip and the last of this one: ${seam.toFixed(1)} dB`)
    expect(seam).toBeGreaterThan(22)
    expect((await storedFiles(page)).flatMap(({ bytes }) => notesIn(bytes))).toEqual([])
  },
  5 * MINUTES,
)

it(
  'a run that a script begins keeps nothing of where its picture was taken',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(MINUTES)
    await settings(page).waitFor()
    const placed = readFileSync(join(import.meta.dirname, '../fixtures/pictures/placed.png'))
    expect(notesIn(placed)).toEqual(['eXIf', 'GPSLatitude']) // control
    await page.evaluate(
      async ([bytes, prompt]) => {
        const image = new File([new Uint8Array(bytes)], 'placed.png')
        await new Promise<void>((resolve, reject) => {
          zoetrope
            .generate({ prompt, image, numFrames: 5, upscale: 1 }, { onKept: () => resolve() })
            .catch(reject)
        })
      },
      [[...placed], PROMPT] as const,
    )
    const kept = await storedFiles(page)
    expect(kept.filter(({ bytes }) => bytes.includes('IHDR'))).toHaveLength(1)
    expect(kept.flatMap(({ bytes }) => notesIn(bytes))).toEqual([])
    await page.evaluate(() => zoetrope.cancel())
    await expect.poll(() => page.evaluate(() => zoetrope.get().job === undefined)).toBe(true)
  },
  5 * MINUTES,
)
