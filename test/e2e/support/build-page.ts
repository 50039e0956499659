// The page, built into a folder of its own. A build serves all files of tests that want the same one.
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, mergeConfig, type InlineConfig, type Plugin } from 'vite'
import { inject } from 'vitest'
import config from '../../../vite.config'
import { writeTinyModel, type Causal } from './tiny-model'

const FAKE = fileURLToPath(new URL('./fake-pipeline.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

async function buildInto(outDir: string, changes: InlineConfig): Promise<void> {
  process.env['NODE_ENV'] = 'production' // vitest's "test" would give another page, without a service worker
  await build(
    mergeConfig(config, {
      root: ROOT,
      configFile: false,
      logLevel: 'warn',
      build: { outDir, emptyOutDir: true },
      ...changes,
    }),
  )
}

const temporary = (name: string): string => mkdtempSync(join(tmpdir(), `zoetrope-${name}-`))

/** A copy of what `build` made the first time, so that a test may change its own. */
async function copyOf(name: string, build: (outDir: string) => Promise<void>): Promise<string> {
  const first = join(inject('pages'), name)
  if (!existsSync(first)) {
    await build(`${first}.part`)
    renameSync(`${first}.part`, first)
  }
  const copy = temporary(name)
  cpSync(first, copy, { recursive: true })
  return copy
}

/** As it is published, with the bundled model. Returns the folder; the caller removes it. */
export function buildPage(): Promise<string> {
  return copyOf('page', (outDir) => buildInto(outDir, {}))
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
 */
export function buildTinyPage(plugin?: () => Plugin, causal?: Causal): Promise<string> {
  const plugins = (): Plugin[] => (plugin === undefined ? [] : [plugin()])
  const names = ['tiny', ...plugins().map(({ name }) => name), ...(causal ? [`causal-${causal}`] : [])]
  return copyOf(names.join('-'), async (outDir) => {
    const publicDir = temporary('public')
    const model = await writeTinyModel({}, causal)
    try {
      for (const kept of ['icons', 'examples'])
        cpSync(join(ROOT, 'public', kept), join(publicDir, kept), { recursive: true })
      cpSync(model, join(publicDir, 'models/mini'), { recursive: true })
      await buildInto(outDir, { publicDir, plugins: plugins(), worker: { plugins } })
    } finally {
      rmSync(publicDir, { recursive: true })
      rmSync(model, { recursive: true })
    }
  })
}
