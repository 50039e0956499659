// LoRAs on the command line with the bundled model, and on the page with a tiny one: none, weak, strong; reports and
// refusals; kept, restored and missed.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ditConfig } from '../support/config'
import { openGolden } from '../support/golden'
import { someLayers, tinyLora } from '../support/tiny-lora'
import { seriousProblems } from './support/axe'
import { buildTinyPage } from './support/build-page'
import { decodedFrames } from './support/decoded-frames'
import { generate } from './support/generate'
import { IS_LONG } from './support/long'
import { servePage } from './support/served-page'
import { shownAsRun } from './support/shown-as-run'
import { dropFile, startClip, toast } from './support/studio'
import { download, settings } from './support/visit'

const MINUTES = 60_000
const NEON = join(import.meta.dirname, '../../public/loras/night-neon.safetensors')
let folder: string
const served = servePage(buildTinyPage)

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'zoetrope-lora-'))))
afterAll(() => rmSync(folder, { recursive: true }))

/** The mean of all pixels of a film. */
function brightness(film: Uint8Array): number {
  const { frames } = decodedFrames('film.mp4', film)
  const sums = frames.map((frame) => frame.reduce((sum, value) => sum + value, 0) / frame.length)
  return sums.reduce((sum, each) => sum + each, 0) / sums.length
}

it(
  "generate with Mini's own: it darkens the clip, and a recipe finds it or names it",
  async () => {
    const style = join(folder, 'night-neon.safetensors')
    cpSync(NEON, style)
    const film = join(folder, 'film.mp4')
    const clip = ['--frames', '5', '--steps', '2', '--upscale', '1', '--json']
    const run = async (...more: string[]) => {
      const { status, stdout, stderr } = await generate('--out', film, ...clip, ...more)
      expect([status, stderr]).toEqual([0, expect.stringContaining('denoise 2/2')])
      const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
      return { report, stderr, hash: report['latentsSha256'], light: brightness(readFileSync(film)) }
    }
    const prompt = ['a red ball by day', '--seed', '7']
    const none = await run(...prompt)
    const full = await run(...prompt, '--lora', style)
    expect(full.light).toBeLessThan(0.72 * none.light)
    expect(none.report).not.toHaveProperty('loras')
    expect(full.report['loras']).toMatchObject([
      { file: 'night-neon.safetensors', strength: 1, applied: 60, of: 60, leftOut: [] },
    ])
    expect(full.stderr).toContain('night-neon.safetensors: 60 of 60 layers applied, at strength 1.')
    const ofFull = readFileSync(film)
    if (IS_LONG) {
      const zero = await run(...prompt, '--lora', `${style}:0`)
      const half = await run(...prompt, '--lora', `${style}:0.5`)
      const early = await run(...prompt, '--lora', `${style}:1,0`)
      expect(zero.hash).toBe(none.hash)
      expect(new Set([none.hash, half.hash, early.hash, full.hash]).size).toBe(4)
      expect(half.light).toBeLessThan(0.8 * none.light)
      expect(full.light).toBeLessThan(0.9 * half.light)
    }

    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere)
    const recipe = join(folder, 'recipe.mp4')
    writeFileSync(recipe, ofFull)
    expect((await run('--recipe', recipe)).hash).toBe(full.hash)
    const moved = join(elsewhere, 'recipe.mp4')
    writeFileSync(moved, ofFull)
    const without = await run('--recipe', moved)
    expect(without.hash).toBe(none.hash)
    expect(without.stderr).toContain(
      'The LoRA night-neon.safetensors of the recipe, at strength 1, is not here',
    )
  },
  10 * MINUTES,
)

const hashOf = (at: Page): Promise<string | undefined> =>
  at.evaluate(() => zoetrope.get().clip?.result.latentsSha256)

it(
  'the page: dropped, weighed, reported, kept, restored from a film, and removed',
  async () => {
    const layers = someLayers(ditConfig(await openGolden('dit_tiny.weights')), 2)
    const style = tinyLora({ layers, size: 0.5, metadata: { trigger_words: 'n30n' } })
    const { page: at } = await served.visit()
    at.setDefaultTimeout(3 * MINUTES)
    await settings(at).waitFor()
    const open = (): Promise<void> => at.locator('summary', { hasText: 'LoRAs' }).click()
    const clip = async (): Promise<string | undefined> => {
      const before = await at.evaluate(() => zoetrope.get().clip?.url)
      await startClip(at, 'a red ball')
      await at.waitForFunction((old) => {
        const { job, clip: made } = zoetrope.get()
        return job === undefined && made !== undefined && made.url !== old
      }, before)
      return hashOf(at)
    }
    await at.locator('summary', { hasText: 'Settings' }).click()
    await at.getByRole('checkbox', { name: 'random' }).uncheck()
    await at.getByLabel('Seed', { exact: true }).fill('7')
    const none = await clip()

    await dropFile(at, 'style.safetensors', style)
    await toast(at).getByText('style.safetensors was added to your LoRAs.').waitFor()
    await at.getByText('8 of 8 layers applied.').waitFor()
    expect(await seriousProblems(at)).toEqual([])
    await at.getByRole('button', { name: 'Add “n30n” to the prompt' }).click()
    expect(await at.getByLabel('Prompt', { exact: true }).inputValue()).toContain('n30n')

    const slider = at.getByRole('slider', { name: 'Strength of style.safetensors' })
    const full = await clip()
    await shownAsRun(at)
    const film = await download(at)
    await slider.focus()
    for (let press = 0; press < 10; press++) await at.keyboard.press('ArrowLeft')
    expect(await slider.getAttribute('aria-valuetext')).toBe('0.5')
    const half = await clip()
    await slider.fill('0')
    const zero = await clip()
    expect(zero).toBe(none)
    expect(new Set([none, half, full]).size).toBe(3)

    await dropFile(
      at,
      'wide.safetensors',
      tinyLora({ layers: new Map([['blocks.0.self_attn.q', [5120, 5120]]]) }),
    )
    await at.getByRole('alert').getByText('was trained for a Wan model of 14B parameters').waitFor()
    await at.getByRole('button', { name: 'Remove wide.safetensors from this browser' }).click()
    await at.getByRole('alert').waitFor({ state: 'detached' })

    await at.reload()
    await settings(at).waitFor()
    await open()
    expect(await slider.getAttribute('aria-valuetext')).toBe('0')
    await dropFile(at, film.name, film.bytes, 'video/mp4')
    await at.waitForFunction(() => document.querySelector('.lora-strength output')?.textContent === '1')
    expect(await clip()).toBe(full)

    await at.getByRole('button', { name: 'Remove style.safetensors from this browser' }).click()
    await dropFile(at, film.name, film.bytes, 'video/mp4')
    await at.getByText('The recipe also used style.safetensors, which is not in this browser.').waitFor()
    await at.getByRole('button', { name: 'Continue without' }).click()
    expect(await at.getByText('The recipe also used').count()).toBe(0)
  },
  10 * MINUTES,
)
