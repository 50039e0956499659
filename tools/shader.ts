// npm run shader -- linear weight=q8 loop=tile: prints a kernel as it is compiled, each part after the name of its
// file.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const [stem, ...wanted] = process.argv.slice(2)
const { module } = await runnerImport<typeof import('./kernel-text')>('/tools/kernel-text.ts', {
  root: ROOT,
  configFile: false,
  logLevel: 'error',
})
try {
  process.stdout.write(module.kernelText(stem, wanted))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
