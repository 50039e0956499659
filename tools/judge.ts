// npm run judge:clips -- --prompts FILE --out FOLDER: clips of many prompts by the engine, for `python -m
// training.evaluate.judge` and `… contact_sheet`.
import { parseArgs } from 'node:util'
import { createServer } from 'vite'
import type { makeClips } from './judge/make-clips'
import { installedAdapters } from '../test/support/adapter'

const { values } = parseArgs({
  options: {
    prompts: { type: 'string' },
    out: { type: 'string' },
    model: { type: 'string', default: 'public/models/mini' },
    width: { type: 'string' },
    height: { type: 'string' },
    decoder: { type: 'string' },
    upscale: { type: 'string' },
    stride: { type: 'string', default: '1' },
  },
})
const { prompts, out, model } = values
if (!prompts || !out)
  throw new Error(
    'Name the prompts and where the clips go: npm run judge:clips -- --prompts FILE --out FOLDER [--width N --height N --decoder full|tiny --upscale 1|2|4 --stride N --model FOLDER]',
  )

// Vite resolves the shaders' import.meta.glob, which Node alone does not know.
const server = await createServer({
  configFile: false,
  server: { middlewareMode: true },
  optimizeDeps: { noDiscovery: true }, // Node loads packages itself
  appType: 'custom',
  logLevel: 'warn',
})
const module = (await server.ssrLoadModule('/tools/judge/make-clips.ts')) as { makeClips: typeof makeClips }
const adapter = installedAdapters().includes('llvmpipe') ? 'llvmpipe' : (installedAdapters()[0] ?? 'system')
await module.makeClips({
  prompts,
  out,
  model,
  asked: { width: values.width, height: values.height, decoder: values.decoder, upscale: values.upscale },
  stride: Number(values.stride),
  adapter,
})
await server.close()
process.exit(0) // Dawn keeps the process alive.
