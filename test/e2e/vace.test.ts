// VACE on a tiny model in real files: from the command line and from the page to an MP4.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../../src/cli/browser'
import { DIST, ensureBuilt } from '../../src/cli/build'
import { findModel } from '../../src/cli/find-model'
import { serveFolder } from '../../src/cli/serve'
import { readRecipe } from '../../src/media/recipe-box'
import { seriousProblems } from './support/axe'
import { generate } from './support/generate'
import { inspectBoxes } from './support/inspect-mp4'
import { IS_LONG } from './support/long'
import { generate as generateButton } from './support/studio'
import { shownAsRun } from './support/shown-as-run'
import { halfMask, writeTinyVace } from './support/tiny-vace'
import { fillSettings, openSettings, visit, writePrompt } from './support/visit'

const MINUTES = 60_000
const SIZE = { width: 96, height: 64 }
const picture = (name: string): string => join(import.meta.dirname, '../fixtures/pictures', name)
let folder: string
let model: string
let mask: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-vace-'))
  model = join(folder, 'vace')
  mask = join(folder, 'mask.png')
  writeTinyVace(model)
  writeFileSync(mask, halfMask(SIZE.width, SIZE.height))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function clip(out: string, ...more: string[]): Promise<Record<string, unknown>> {
  const settings = ['--frames', '9', '--steps', '2', '--guidance', '1', '--seed', '7', '--json']
  const size = ['--width', String(SIZE.width), '--height', String(SIZE.height)]
  const all = ['a boat', '--out', out, '--model', model, ...settings, ...size, ...more]
  const { status, stdout, stderr } = await generate(...all)
  expect([status, stderr]).toEqual([0, expect.stringContaining('denoise 2/2')])
  expect(inspectBoxes(new Uint8Array(readFileSync(out)))).toMatchObject({ ...SIZE, frames: 9 })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
}

it(
  'inpaints a video, and goes from a first picture to a last one',
  async () => {
    const [plain, inpainted, other] = ['plain', 'inpainted', 'other'].map((name) =>
      join(folder, `${name}.mp4`),
    ) as [string, string, string]
    const fromText = await clip(plain)
    expect(fromText).toMatchObject({ model: 'wan-2x128', fps: 16 })
    expect(fromText).not.toHaveProperty('control')

    const changed = await clip(inpainted, '--control', plain, '--mask', mask)
    expect(changed['control']).toEqual({
      task: 'inpaint',
      strength: 1,
      videoSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      maskSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
    expect(changed['latentsSha256']).not.toBe(fromText['latentsSha256'])
    expect(readRecipe(new Uint8Array(readFileSync(inpainted)))).toMatchObject({ control: changed['control'] })
    const first = ['--image', picture('plain.png'), '--last-image', picture('clear.png')]
    const going = await clip(other, ...first)
    expect(going['imageSha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(going['lastImageSha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(going['latentsSha256']).not.toBe(fromText['latentsSha256'])

    if (!IS_LONG) return
    const without = await clip(other, '--control', plain, '--mask', mask, '--control-strength', '0')
    expect(without['latentsSha256']).toBe(fromText['latentsSha256'])
    const seen = await clip(other, '--reference', picture('plain.png'))
    expect(seen['control']).toMatchObject({ referenceSha256: [going['imageSha256']] })
    expect(seen['latentsSha256']).not.toBe(fromText['latentsSha256'])
  },
  15 * MINUTES,
)

it(
  'paints a mask on the page by keys alone, and makes the clip',
  async () => {
    await ensureBuilt(() => {})
    const path = '/tiny-vace/'
    const server = await serveFolder({ root: DIST, lists: { [path]: findModel([model]).files } })
    const browser = await launchBrowser()
    const { page, complaints, close } = await visit(browser, `${server.url}?model=${path}`)
    try {
      const summary = page.getByText('Control', { exact: true })
      await summary.waitFor({ timeout: 2 * MINUTES })
      await summary.focus()
      await page.keyboard.press('Enter')
      const video = { name: 'video.png', mimeType: 'image/png', buffer: readFileSync(picture('plain.png')) }
      await page.getByLabel('Choose a video or a picture').setInputFiles(video)
      await page.getByLabel('What to do with it').selectOption({ label: 'Redraw a part' })
      await page.getByRole('button', { name: 'Paint the mask' }).press('Enter')
      const canvas = page.getByRole('application')
      await canvas.waitFor()
      expect(await seriousProblems(page)).toEqual([])
      await canvas.focus()
      for (const key of ['ArrowLeft', 'Space', 'ArrowUp', 'Space']) await page.keyboard.press(key)
      const undo = page.getByRole('button', { name: 'Undo' })
      await undo.press('Enter')
      await undo.press('Enter')
      expect(await undo.isDisabled()).toBe(true)
      await canvas.focus()
      await page.keyboard.press('Space')
      await page.getByRole('button', { name: 'Done' }).press('Enter')
      await page.getByRole('button', { name: 'Remove the mask' }).waitFor()
      await page.getByLabel('Add a reference picture').setInputFiles(video)
      expect(await seriousProblems(page)).toEqual([])

      await openSettings(page)
      await fillSettings(page, { Width: '96', Height: '64', Frames: '9', Steps: '2' })
      await page.getByText('Advanced').click()
      await page.getByLabel('Guidance', { exact: true }).fill('1')
      await writePrompt(page, 'a boat')
      await generateButton(page).click()
      await page
        .getByRole('button', { name: 'Show a boat' })
        .first()
        .waitFor({ timeout: 10 * MINUTES })
      const control = await page.evaluate(() => zoetrope.get().clip?.result.control)
      expect(control).toMatchObject({ task: 'inpaint', strength: 1 })
      expect(control?.maskSha256).toMatch(/^[0-9a-f]{64}$/)
      expect(control?.referenceSha256).toHaveLength(1)
      await shownAsRun(page)
      await page
        .getByText(/clip 96×64: it is enlarged|96×64, a different shape/)
        .first()
        .waitFor()
      await page.getByRole('slider', { name: /^Strength/ }).fill('0')
      await page.getByText('The strength of the control is 0: the clip is made without it.').waitFor()
      const stages = await page.evaluate(() => zoetrope.get().plan!.stages.map(({ stage }) => stage))
      expect(stages).toEqual(['encode', 'denoise', 'decode'])
      expect(complaints).toEqual([])
    } finally {
      await close()
      await browser.close()
      await server.close()
    }
  },
  15 * MINUTES,
)
