// Runs that are interrupted for real: a page that is reloaded or whose renderer is killed, a command that is killed.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildTinyPage } from './support/build-page'
import { generate as runGenerate } from './support/generate'
import { generate } from './support/studio'
import { writeTinyModel } from './support/tiny-model'
import { servePage } from './support/served-page'
import { openSettings, settings, writePrompt } from './support/visit'

const MINUTES = 60_000
const STEPS = 40
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Runs in the page: names of the files that are kept of runs. */
async function keptFiles(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const names: string[] = []
    try {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
      for await (const name of (await root.getDirectoryHandle('runs')).keys()) names.push(name)
    } catch {
      // no run was ever kept
    }
    return names
  })
}

describe('the page', () => {
  const served = servePage(buildTinyPage, { isBroken: true })

  /** Presses Generate and waits until some steps are done. */
  const startRun = async (page: Page): Promise<void> => {
    await writePrompt(page, 'a red ball')
    await generate(page).click()
    await page.waitForFunction(
      () => {
        const { stage, step = 0 } = zoetrope.get().job?.progress ?? {}
        return stage === 'denoise' && step >= 3
      },
      null,
      { timeout: 2 * MINUTES },
    )
  }
  const hashOf = (page: Page): Promise<string | undefined> =>
    page.evaluate(() => zoetrope.get().clip?.result.latentsSha256)
  const made = async (page: Page): Promise<string | undefined> => {
    await page.waitForFunction(
      () => zoetrope.get().clip !== undefined && zoetrope.get().job === undefined,
      null,
      {
        timeout: 3 * MINUTES,
      },
    )
    return hashOf(page)
  }

  it(
    'goes on where it was after a reload and after a crash, with the same latents, and leaves nothing',
    async () => {
      const { context } = await served.visit()
      let { page } = served.current
      page.on('dialog', (dialog) => void dialog.accept())
      await settings(page).waitFor({ timeout: 2 * MINUTES })
      await openSettings(page)
      await page.getByLabel('Steps', { exact: true }).fill(String(STEPS))
      await page.getByLabel('random').uncheck()
      await page.getByLabel('Seed', { exact: true }).fill('42')
      await startRun(page)
      expect((await keptFiles(page)).length).toBeGreaterThan(3)
      const undisturbed = await made(page)
      await expect.poll(() => keptFiles(page), { timeout: MINUTES }).toEqual([])

      await startRun(page)
      await page.reload()
      const question = new RegExp(`^A run was interrupted at step \\d+ of ${STEPS}\\.$`)
      await page.getByText(question).waitFor({ timeout: MINUTES })
      await page.getByRole('button', { name: 'Continue', exact: true }).click()
      await page.waitForFunction(() => (zoetrope.get().job?.progress?.step ?? 0) > 3, null, {
        timeout: 2 * MINUTES,
      })

      // And again, in the middle of the same run: its renderer is gone at once.
      const gone = new Promise((resolve) => page.once('crash', resolve))
      const devtools = await context.newCDPSession(page)
      devtools.send('Page.crash').catch(() => undefined) // the answer never comes
      await gone
      await page.close()
      page = await context.newPage()
      await page.goto(served.url)
      await page.getByText(question).waitFor({ timeout: MINUTES })
      await page.getByRole('button', { name: 'Continue', exact: true }).click()
      expect(await made(page)).toBe(undisturbed)
      await page.getByText('seed 42').waitFor()
      await expect.poll(() => keptFiles(page), { timeout: MINUTES }).toEqual([])
    },
    8 * MINUTES,
  )

  it(
    'discards it where that is wished, or where the run is stopped',
    async () => {
      const { page } = await served.visit()
      page.on('dialog', (dialog) => void dialog.accept())
      await settings(page).waitFor({ timeout: 2 * MINUTES })
      await openSettings(page)
      await page.getByLabel('Steps', { exact: true }).fill(String(STEPS))
      await startRun(page)
      await page.reload()
      await page.getByText(/^A run was interrupted at step/).waitFor({ timeout: MINUTES })
      await page.getByRole('button', { name: 'Discard', exact: true }).click()
      const question = page.getByRole('dialog', { name: 'Discard the work so far?' })
      await question.getByRole('button', { name: 'Discard', exact: true }).click()
      await expect.poll(() => keptFiles(page), { timeout: MINUTES }).toEqual([])
      await settings(page).waitFor({ timeout: 2 * MINUTES })
      await startRun(page)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => zoetrope.get().job === undefined)
      await expect.poll(() => keptFiles(page), { timeout: MINUTES }).toEqual([])
      await page.reload()
      await settings(page).waitFor({ timeout: 2 * MINUTES })
      expect(await page.getByText(/was interrupted/).count()).toBe(0)
    },
    6 * MINUTES,
  )
})

describe('npm run generate', () => {
  let folder: string
  let model: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zoetrope-resume-'))
    model = await writeTinyModel()
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache')
  })
  afterAll(() => {
    delete process.env['XDG_CACHE_HOME']
    for (const path of [folder, model])
      if (path) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  })

  it(
    'that was killed goes on with --resume, with the same latents, and leaves nothing',
    async () => {
      const out = join(folder, 'ball.mp4')
      const wish = ['a red ball', '--seed', '42', '--steps', '150', '--model', model, '--json', '--out', out]
      const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/generate.ts', ...wish], {
        cwd: ROOT,
      })
      let said = ''
      child.stderr.on('data', (text: Buffer) => (said += text.toString()))
      const ended = new Promise((resolve) => child.on('close', resolve))
      await expect.poll(() => said, { timeout: 3 * MINUTES, interval: 50 }).toMatch(/ encode \d/)
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      child.kill('SIGKILL')
      await ended
      expect(existsSync(out)).toBe(false)
      expect(readdirSync(join(folder, 'cache/zoetrope/runs'))).toHaveLength(1)

      const again = await runGenerate('--resume', '--json')
      expect(again.status, again.stderr).toBe(0)
      const facts = JSON.parse(again.stdout.trim().split('\n').at(-1)!) as Record<string, unknown>
      expect(facts).toMatchObject({ out, seed: 42, steps: 150, prompt: 'a red ball' })
      expect(existsSync(out)).toBe(true)
      expect(readdirSync(join(folder, 'cache/zoetrope/runs'))).toEqual([])

      const whole = await runGenerate(...wish)
      expect(whole.status, whole.stderr).toBe(0)
      const undisturbed = JSON.parse(whole.stdout.trim().split('\n').at(-1)!) as Record<string, unknown>
      expect(facts['latentsSha256']).toBe(undisturbed['latentsSha256'])
      expect((await runGenerate('--resume')).stderr).toContain('There is no run to continue')
    },
    10 * MINUTES,
  )
})
