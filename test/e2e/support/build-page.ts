// The page, built into a folder of its own.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, mergeConfig, type InlineConfig, type Plugin } from 'vite'
import config from '../../../vite.config'
import { writeTinyModel } from './tiny-model'

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

/** As it is published, with the bundled model. Returns the folder; the caller removes it. */
export async function buildPage(): Promise<string> {
  const outDir = temporary('page')
  await buildInto(outDir, {})
  return outDir
}

/** With the stand-in engine. Returns the folder; the caller removes it. */
export async function buildFakePage(): Promise<string> {
  const standIn = (): Plugin => ({
    name: 'stand-in-engine',
    enforce: 'pre',
    resolveId: (id) => (id.endsWith('/engine/pipeline') ? FAKE : undefined),
  })
  const outDir = temporary('fake')
  await buildInto(outDir, { plugins: [standIn()], worker: { plugins: () => [standIn()] } })
  return outDir
}

/**
 * The real engine with the tiny model in the place of the bundled one. Returns the folder; the caller removes it.
 * @param plugins makes the plugins of page and worker
 * @param isCausal whether a causal student is beside the model
 */
export async function buildTinyPage(plugins: () => Plugin[] = () => [], isCausal = false): Promise<string> {
  const publicDir = temporary('public')
  const model = await writeTinyModel({}, isCausal)
  try {
    for (const kept of ['icons', 'examples'])
      cpSync(join(ROOT, 'public', kept), join(publicDir, kept), { recursive: true })
    cpSync(model, join(publicDir, 'models/mini'), { recursive: true })
    const outDir = temporary('tiny')
    await buildInto(outDir, { publicDir, plugins: plugins(), worker: { plugins } })
    return outDir
  } finally {
    rmSync(publicDir, { recursive: true })
    rmSync(model, { recursive: true })
  }
}
