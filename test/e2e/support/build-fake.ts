// The page with the stand-in engine, built into a folder of its own.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, mergeConfig, type Plugin, type InlineConfig } from 'vite'
import config from '../../../vite.config'

const FAKE = fileURLToPath(new URL('./fake-pipeline.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const standIn = (): Plugin => ({
  name: 'stand-in-engine',
  enforce: 'pre',
  resolveId: (id) => (id.endsWith('/engine/pipeline') ? FAKE : undefined),
})

/** Returns the folder; the caller removes it. */
export async function buildFakePage(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'zoetrope-page-'))
  const changes: InlineConfig = {
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [standIn()],
    worker: { plugins: () => [standIn()] },
    build: { outDir, emptyOutDir: true },
  }
  await build(mergeConfig(config, changes))
  return outDir
}
