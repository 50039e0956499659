import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Native code and wasm stay packages; all else, shaders too, becomes one file. */
const PACKAGES = ['webgpu', 'onnxruntime-web']

/** Bundles the bench for Node into `folder`; gives the path of the module. */
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
