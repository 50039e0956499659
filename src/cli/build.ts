// Builds the page when there is no build, or when a source is newer than it.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const DIST = join(ROOT, 'dist')

const SOURCES = [
  'index.html',
  'bench.html',
  'vite.config.ts',
  'package-lock.json',
  'src',
  'shaders',
  'public',
  'bench',
]

function newest(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function isBuilt(): boolean {
  const index = join(DIST, 'index.html')
  if (!existsSync(index)) return false
  const built = statSync(index).mtimeMs
  return SOURCES.map((name) => join(ROOT, name))
    .filter(existsSync)
    .every((path) => newest(path) <= built)
}

/**
 * Builds the page if needed. The old build stays until the new one is complete, since another command may be serving
 * it.
 */
export async function ensureBuilt(say: (line: string) => void): Promise<void> {
  if (isBuilt()) return
  say('Building the page …')
  process.env['NODE_ENV'] = 'production' // regardless of the caller's: other modes build no service worker
  const { build } = await import('vite')
  const fresh = join(ROOT, 'node_modules', `.zoetrope-build-${process.pid}`)
  try {
    await build({
      root: ROOT,
      configFile: join(ROOT, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: fresh, emptyOutDir: true },
    })
    rmSync(DIST, { recursive: true, force: true })
    renameSync(fresh, DIST)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}
