import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The page that has the store and nothing else, built into `folder`. */
export async function buildStorePage(folder: string): Promise<void> {
  await build({
    root: fileURLToPath(new URL('page', import.meta.url)),
    base: './',
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      target: 'es2022',
      modulePreload: { polyfill: false },
    },
    worker: { format: 'es' },
  })
}
