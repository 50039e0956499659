// Gallery, exports, recipes: the page with a stand-in engine, and files that are looked into from outside.
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { DIGITAL_SOURCE_TYPE } from '../../src/media/made-by-model'
import { concatBytes, makeBox } from '../../src/media/mp4-boxes'
import { linkFor } from '../../src/protocol/recipe-link'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import { bufferSource } from '../../src/weights/sources/byte-source'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { decodedFrames } from './support/decoded-frames'
import { dropFile, generate, makeClip, startClip, stop, toast } from './support/studio'
import { download, openSettings, writePrompt, settings, type VisitOptions } from './support/visit'

const served = servePage(buildFakePage)

async function arrive(path = '', options: VisitOptions = {}): Promise<Page> {
  const { page } = await served.visit(path, options)
  await settings(page).waitFor()
  return page
}

const promptOf = (page: Page) => page.getByLabel('Prompt', { exact: true }).inputValue()
const openGallery = async (page: Page): Promise<void> => {
  await page.getByRole('link', { name: /^Gallery/ }).click()
  await page.getByRole('heading', { name: 'Gallery' }).waitFor()
}
const cards = (page: Page) => page.locator('.clip .clip-prompt').allTextContents()

async function exported(page: Page, format: string): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([
    page.waitForEvent('download', { timeout: 60_000 }),
    page.getByLabel(/Save as|Writing/).selectOption(format),
  ])
  await page.getByText(`${file.suggestedFilename()} is saved.`).waitFor()
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
}

describe('the gallery', () => {
  it('keeps clips: searched, starred, deleted with a way back, there after a restart', async () => {
    const page = await arrive()
    for (const prompt of ['a red ball', 'ein blauer Bär', 'a yellow star']) await makeClip(page, prompt)
    await openGallery(page)
    expect(await cards(page)).toEqual(['a yellow star', 'ein blauer Bär', 'a red ball'])
    await page.getByLabel('Search prompts').fill('BAR blau')
    expect(await cards(page)).toEqual(['ein blauer Bär'])
    await page.getByLabel('Search prompts').fill('')
    await page
      .locator('.clip')
      .filter({ hasText: 'a red ball' })
      .getByRole('button', { name: 'Star' })
      .click()
    await page.getByRole('button', { name: 'Starred' }).click()
    expect(await cards(page)).toEqual(['a red ball'])
    await page.getByRole('button', { name: 'Starred' }).click()

    await page.getByRole('button', { name: 'Select', exact: true }).click()
    await page.getByRole('button', { name: 'Select a yellow star' }).click()
    await page.getByRole('button', { name: 'Select ein blauer Bär' }).click()
    await page.getByText('2 selected').waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    expect(await cards(page)).toEqual(['a red ball'])
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.waitForFunction(() => document.querySelectorAll('.clip').length === 3)
    await page.reload()
    await page.waitForFunction(() => document.querySelectorAll('.clip').length === 3)
    expect(await page.getByRole('button', { name: 'Star', pressed: true }).count()).toBe(1)
  })

  it('goes through a clip frame by frame, and compares two in step', async () => {
    const page = await arrive()
    await makeClip(page, 'a red ball')
    await openSettings(page)
    await page.getByLabel('Steps', { exact: true }).fill('3')
    await makeClip(page, 'a blue boat')
    await openGallery(page)
    await page.getByRole('button', { name: 'Open a red ball' }).click()
    const frame = page.getByLabel('Frame', { exact: true })
    await frame.fill('16')
    await page.getByText('Frame 17 of 33').waitFor()
    await page.waitForFunction(
      () =>
        Math.abs((document.querySelector('dialog video') as HTMLVideoElement).currentTime - 16.5 / 16) < 0.01,
    )
    await page.getByRole('button', { name: 'Next frame' }).click()
    await page.getByText('Frame 18 of 33').waitFor()
    await page.getByRole('button', { name: 'Play' }).click()
    await page.waitForFunction(
      () => !/Frame 18 of/.test(document.querySelector('.transport')?.textContent ?? ''),
    )
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Select', exact: true }).click()
    for (const name of ['a red ball', 'a blue boat'])
      await page.getByRole('button', { name: `Select ${name}` }).click()
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('row', { name: /3 Steps 4/ }).waitFor()
    await frame.fill('8')
    await page.waitForFunction(() =>
      Array.from(document.querySelectorAll<HTMLVideoElement>('dialog video')).every(
        (video) => Math.abs(video.currentTime - 8.5 / 16) < 0.01,
      ),
    )
  })

  it('recalls one setting or all, makes again and varies', async () => {
    const page = await arrive()
    await openSettings(page)
    await page.getByLabel('Steps', { exact: true }).fill('3')
    await makeClip(page, 'a red ball')
    await page.getByRole('button', { name: 'Reset all settings' }).click()
    await writePrompt(page, 'mine')
    await openGallery(page)
    await page.getByRole('button', { name: 'Open a red ball' }).click()
    await page.getByRole('button', { name: 'Use this Steps' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Create' }).click()
    expect(await promptOf(page)).toBe('mine')
    await page.getByText('96 × 96, 2.1 s, 3 steps').waitFor()
    await page.getByRole('button', { name: 'Use these settings' }).click()
    expect(await promptOf(page)).toBe('a red ball')
    const seed = await page.evaluate(() => zoetrope.get().clip?.result.seed)
    await page.getByRole('button', { name: 'Vary' }).click()
    await page.waitForFunction((before) => zoetrope.get().clip?.result.seed !== before, seed)
    expect(await page.evaluate(() => zoetrope.get().clip?.result)).toMatchObject({
      prompt: 'a red ball',
      numInferenceSteps: 3,
    })
  })
})

it('every export is whole, is what it says, and is marked as made by a model', async () => {
  const page = await arrive()
  await makeClip(page, 'a red ball')
  await openGallery(page)
  await page.getByRole('button', { name: 'Open a red ball' }).click()
  await page.getByLabel('Frame', { exact: true }).fill('16')
  const files = new Map<string, { name: string; bytes: Buffer }>()
  for (const format of ['mp4', 'webm', 'gif', 'webp', 'png', 'still', 'latents'])
    files.set(format, await exported(page, format))
  for (const [format, { name, bytes }] of files) {
    expect(name).toMatch(
      new RegExp(
        `^a-red-ball-\\d+\\.${{ png: 'zip', still: 'png', latents: 'safetensors' }[format] ?? format}$`,
      ),
    )
    expect(bytes.includes(DIGITAL_SOURCE_TYPE)).toBe(true)
  }
  for (const [format, count, tolerance] of [
    ['mp4', 33, 12],
    ['webm', 33, 12],
    ['gif', 33, 12],
    ['still', 1, 12],
  ] as const) {
    const { name, bytes } = files.get(format)!
    const { width, height, frames } = decodedFrames(name, bytes)
    expect([width, height, frames.length]).toEqual([96, 96, count])
    // Of the middle frame: the ball in the middle, the ground beside it.
    const middle = frames[format === 'still' ? 0 : 16]!
    for (const [x, colour] of [
      [48, [226, 44, 46]],
      [2, [135, 190, 235]],
    ] as const)
      for (const [channel, value] of colour.entries())
        expect(Math.abs(middle[3 * (48 * 96 + x) + channel]! - value)).toBeLessThan(tolerance)
  }
  const latents = await openSafetensors(bufferSource('latents', files.get('latents')!.bytes))
  expect(latents.tensors.get('latents')?.shape).toEqual([1, 2, 3, 4])
  expect(JSON.parse(latents.metadata['recipe'] ?? '')).toMatchObject({ prompt: 'a red ball' })
  // ffmpeg reads no animated WebP: the browser does.
  const webp = files.get('webp')!.bytes.toString('base64')
  const seen = await page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    const decoder = new ImageDecoder({ data: bytes, type: 'image/webp' })
    await decoder.tracks.ready
    const { image } = await decoder.decode({ frameIndex: 16 })
    const canvas = new OffscreenCanvas(96, 96)
    const context = canvas.getContext('2d')
    context?.drawImage(image, 0, 0)
    const pixel = Array.from(context?.getImageData(48, 48, 1, 1).data ?? [])
    return { frames: decoder.tracks.selectedTrack?.frameCount, duration: image.duration, pixel }
  }, webp)
  expect(seen.frames).toBe(33)
  expect([62_000, 63_000]).toContain(seen.duration)
  expect(Math.abs(seen.pixel[0]! - 226)).toBeLessThan(16)
  expect(
    files
      .get('png')!
      .bytes.toString('latin1')
      .match(/PNG\r\n/g)?.length,
  ).toBe(33)
})

describe('a dropped file', () => {
  it('of ours restores its recipe, and the open model stays', async () => {
    const page = await arrive()
    await openSettings(page)
    await page.getByLabel('Steps', { exact: true }).fill('3')
    await makeClip(page, 'a red ball')
    const { bytes } = await download(page)
    const engine = await page.evaluate(() => zoetrope.get().engine?.model.id)
    await page.getByRole('button', { name: 'Reset all settings' }).click()
    await writePrompt(page, 'other')
    await dropFile(page, 'a clip.mp4', bytes, 'video/mp4')
    await toast(page).getByText('This file was made by Zoetrope.').waitFor()
    expect(await promptOf(page)).toBe('a red ball')
    await page.getByText('96 × 96, 2.1 s, 3 steps').waitFor()
    expect(await page.getByLabel('random').isChecked()).toBe(false)
    expect(await page.evaluate(() => zoetrope.get().engine?.model.id)).toBe(engine)
  })

  it('of ComfyUI restores what it can and names what it cannot', async () => {
    const page = await arrive()
    const graph = {
      1: {
        class_type: 'KSampler',
        inputs: { seed: 5, steps: 7, cfg: 6, sampler_name: 'res_3m', positive: ['2', 0] },
      },
      2: { class_type: 'CLIPTextEncode', inputs: { text: '<img src=x onerror="document.title=1">' } },
      3: { class_type: 'LoraLoader', inputs: {} },
    }
    const data = makeBox(
      'data',
      Uint8Array.of(0, 0, 0, 1),
      new Uint8Array(4),
      new TextEncoder().encode(JSON.stringify({ prompt: graph })),
    )
    const meta = makeBox('meta', new Uint8Array(4), makeBox('ilst', makeBox('\u00A9cmt', data)))
    await dropFile(
      page,
      'comfy.mp4',
      concatBytes([makeBox('ftyp'), makeBox('moov', makeBox('udta', meta))]),
      'video/mp4',
    )
    await toast(page).getByText('Not restored: LoraLoader, sampler res_3m.').waitFor()
    expect(await promptOf(page)).toBe('<img src=x onerror="document.title=1">')
    expect(await page.title()).toContain('Zoetrope')
  })

  it.each([
    [
      'hostile.mp4',
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, ...Buffer.from('moov'), ...new Uint8Array(100)),
      'This video contains no recipe that Zoetrope can read.',
    ],
    ['notes.txt', Uint8Array.from(Buffer.from('x')), 'notes.txt is not a file of a model.'],
    ['empty.safetensors', new Uint8Array(), 'empty.safetensors is empty.'],
  ])('%s is answered, and the open model stays', async (name, bytes, answer) => {
    const page = await arrive()
    await dropFile(page, name, bytes)
    await page.getByText(answer).first().waitFor()
    expect(await page.evaluate(() => zoetrope.get().engine !== undefined)).toBe(true)
  })
})

describe('a link', () => {
  it('carries the recipe after "#", and goes out of the address once it is read', async () => {
    const link = linkFor(
      served.url,
      { prompt: 'a blue boat', seed: 5, numInferenceSteps: 3 },
      { model: 'mini' },
    )
    const page = await arrive(link.slice(served.url.length))
    expect(await promptOf(page)).toBe('a blue boat')
    await page.getByText('96 × 96, 2.1 s, 3 steps').waitFor()
    await toast(page).getByText('This link carries a recipe.').waitFor()
    expect(new URL(page.url()).hash).toBe('')
    expect(served.current.own.some((url) => url.includes('recipe'))).toBe(false)
    await generate(page).click()
    await page.getByText('seed 5').first().waitFor()
  })

  it('that is damaged is reported', async () => {
    const page = await arrive('#recipe=%%%')
    await toast(page).getByText('The recipe in this link is damaged').waitFor()
  })
})

it('all clips go into one file and come back; erasing leaves nothing', async () => {
  const page = await arrive()
  await makeClip(page, 'a red ball')
  await page.getByRole('button', { name: 'Help' }).click()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Back up all clips' }).click(),
  ])
  const zip = await file.path()
  await page.getByRole('button', { name: 'Erase everything' }).click()
  await page
    .getByRole('dialog', { name: 'Erase everything?' })
    .getByRole('button', { name: 'Erase everything' })
    .click()
  await toast(page).getByText('Everything has been erased.').waitFor()
  expect(await page.locator('.strip').count()).toBe(0)
  await page.locator('input[type=file][accept*=zip]').setInputFiles(zip)
  await toast(page).getByText('1 clip restored.').waitFor()
  expect(await page.locator('.strip-clip').count()).toBe(1)
})

it('where the browser keeps nothing, clips stay until the tab closes, and the page says so', async () => {
  const page = await arrive('', {
    before: (page) =>
      page.context().route('**/studio-worker-*.js', async (route) => {
        const answer = await route.fetch()
        const prelude = 'navigator.storage.getDirectory = () => Promise.reject(new Error("no"));'
        await route.fulfill({ response: answer, body: prelude + (await answer.text()) })
      }),
  })
  await makeClip(page, 'a red ball')
  await page.getByText('clips are lost when the tab closes').waitFor()
  await startClip(page, 'a slow blue boat')
  await page.getByRole('progressbar', { name: 'Progress' }).waitFor()
  await page.getByRole('button', { name: 'Show a red ball' }).click()
  await page.locator('video').waitFor()
  await stop(page)
})
