// The page, built into a folder of its own. A build serves all files of tests that want the same one.
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { InlineConfig, Plugin } from 'vite'
import { inject, vi } from 'vitest'
import { DIST, ensureBuilt, ROOT } from '../../../src/cli/build'
import { writeTinyModel, type Causal } from './tiny-model'

const FAKE = fileURLToPath(new URL('./fake-pipeline.ts', import.meta.url))

/** vitest's "test" would give another page, without a service worker. */
async function inProduction(work: () => Promise<unknown>): Promise<void> {
  vi.stubEnv('NODE_ENV', 'production')
  try {
    await work()
  } finally {
    vi.unstubAllEnvs()
  }
}

async function buildInto(outDir: string, changes: InlineConfig): Promise<void> {
  // Not loaded where another file of tests has made the page.
  const [{ build, mergeConfig }, { default: config }] = await Promise.all([
    import('vite'),
    import('../../../vite.config'),
  ])
  const own = { root: ROOT, configFile: false, logLevel: 'warn', build: { outDir, emptyOutDir: true } }
  await inProduction(() => build(mergeConfig(config, { ...own, ...changes })))
}

const temporary = (name: string): string => mkdtempSync(join(tmpdir(), `zoetrope-${name}-`))

/** Whether this process is the one that has made the folder. */
function hasMade(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function copied(folder: string, name: string): string {
  const copy = temporary(name)
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** A copy of what `build` made the first time, so that a test may change its own. */
async function copyOf(name: string, build: (outDir: string) => Promise<void>): Promise<string> {
  const first = join(inject('pages'), name)
  while (!existsSync(first)) {
    if (!hasMade(`${first}.lock`)) {
      await pause(100) // another process builds it
      continue
    }
    try {
      await build(`${first}.part`)
      renameSync(`${first}.part`, first)
    } catch (error) {
      rmdirSync(`${first}.lock`)
      throw error
    }
  }
  return copied(first, name)
}

/** As it is published, with the bundled model. Returns the folder; the caller removes it. */
export async function buildPage(): Promise<string> {
  await inProduction(() => ensureBuilt(() => {}))
  return copied(DIST, 'page')
}

/**
 * With the stand-in engine. Returns the folder; the caller removes it.
 * @param plugin of page and worker
 */
export function buildFakePage(plugin?: () => Plugin): Promise<string> {
  const standIn = (): Plugin => ({
    name: 'stand-in-engine',
    enforce: 'pre',
    resolveId: (id) => (id.endsWith('/engine/pipeline') ? FAKE : undefined),
  })
  const plugins = (): Plugin[] => [standIn(), ...(plugin === undefined ? [] : [plugin()])]
  const names = ['fake', ...plugins().map(({ name }) => name)]
  return copyOf(names.join('-'), (outDir) => buildInto(outDir, { plugins: plugins(), worker: { plugins } }))
}

/**
 * The real engine with the tiny model in the place of the bundled one. Returns the folder; the caller removes it.
 * @param plugin of page and worker
 * @param causal what the model is; the service worker has the sums of the plain one, so leave it blocked
 */
export async function buildTinyPage(plugin?: () => Plugin, causal?: Causal): Promise<string> {
  const plugins = (): Plugin[] => (plugin === undefined ? [] : [plugin()])
  const names = ['tiny', ...plugins().map(({ name }) => name)]
  const folder = await copyOf(names.join('-'), async (outDir) => {
    const publicDir = temporary('public')
    try {
      for (const kept of ['icons', 'examples'])
        cpSync(join(ROOT, 'public', kept), join(publicDir, kept), { recursive: true })
      await putTinyModel(publicDir)
      await buildInto(outDir, { publicDir, plugins: plugins(), worker: { plugins } })
    } finally {
      rmSync(publicDir, { recursive: true })
    }
  })
  if (causal !== undefined) await putTinyModel(folder, causal)
  return folder
}

/** In the place of the bundled one of a page. */
async function putTinyModel(folder: string, causal?: Causal): Promise<void> {
  const bundled = join(folder, 'models/mini')
  const model = await writeTinyModel({}, causal)
  rmSync(bundled, { recursive: true, force: true })
  cpSync(model, bundled, { recursive: true })
  rmSync(model, { recursive: true })
}
