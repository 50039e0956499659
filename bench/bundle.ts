import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Native code and wasm stay packages; everything else, including shaders, becomes one file. */
const PACKAGES = ['webgpu', 'onnxruntime-web']

/** Bundles the bench for Node into `folder`; returns the module's path. */
export async function bundleBench(folder: string): Promise<string> {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, external: PACKAGES },
    build: {
      ssr: join(ROOT, 'bench/node.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'bench.mjs', codeSplitting: false } },
    },
  })
  return join(folder, 'bench.mjs')
}
