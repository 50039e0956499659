// The package as npm packs it, in a fresh Vite project: the example page makes a clip under `vite dev` and `vite
// build`.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { build, createServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../src/cli/browser'
import { ROOT } from '../../src/cli/build'
import { buildLibrary } from '../../tools/build-library'

const EXAMPLE = join(ROOT, 'examples/library')

/** Runs a command; its output, or an error that has it. */
function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}

describe('the library', () => {
  let project: string
  let browser: Browser

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'zoetrope-library-'))
    cpSync(EXAMPLE, project, { recursive: true })
    const tarball = run('npm', ['pack', '--silent', await buildLibrary()], project).trim()
    const modules = join(project, 'node_modules')
    mkdirSync(modules)
    run('tar', ['xzf', join(project, tarball), '-C', modules], project)
    renameSync(join(modules, 'package'), join(modules, 'zoetrope'))
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(project, { recursive: true, force: true })
  })

  /** Opens the example, asks for a clip, and watches what it became. */
  const makeClip = async (url: string): Promise<void> => {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', ({ message }) => errors.push(message))
    await page.goto(url)
    const status = page.getByRole('status')
    await status.filter({ hasText: 'Zoetrope Mini 2 is ready' }).waitFor({ timeout: 120_000 })
    await page.getByRole('button').click()
    await status.filter({ hasText: /^Made in/ }).waitFor({ timeout: 180_000 })
    const video = await page.locator('video').evaluate(async (element: HTMLVideoElement) => {
      await new Promise((resolve) =>
        element.readyState > 0 ? resolve(0) : (element.onloadedmetadata = resolve),
      )
      return { width: element.videoWidth, height: element.videoHeight, seconds: element.duration }
    })
    expect(video).toMatchObject({ width: 256, height: 256 })
    expect(video.seconds).toBeCloseTo(17 / 16, 2)
    expect(errors).toEqual([])
    await page.close()
  }

  it('makes a clip under vite dev', async () => {
    const server = await createServer({ root: project, configFile: false, logLevel: 'error' })
    await server.listen(0)
    await makeClip(server.resolvedUrls!.local[0]!)
    await server.close()
  })

  it('makes a clip from vite build', async () => {
    await build({ root: project, configFile: false, logLevel: 'error' })
    const server = await preview({
      root: project,
      configFile: false,
      logLevel: 'error',
      preview: { port: 0 },
    })
    await makeClip(server.resolvedUrls!.local[0]!)
    await new Promise((closed) => server.httpServer.close(closed))
  })

  it('has an example of at most 30 lines', () => {
    const { length } = readFileSync(join(EXAMPLE, 'main.js'), 'utf8').trim().split('\n')
    expect(length).toBeLessThanOrEqual(30)
  })

  it('brings its types, and no dependency', () => {
    const folder = join(project, 'node_modules/zoetrope')
    expect(readFileSync(join(folder, 'types/index.d.ts'), 'utf8')).toContain('fromPretrained')
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).not.toContain('"dependencies"')
    expect(readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.wasm'))).toHaveLength(2)
  })
})
