import { defineConfig, type Plugin } from 'vite'

const NESTED =
  /new URL\(new URL\(`([\w.-][^`]*)`,\s*import\.meta\.url\)\.href,\s*(?:``\s*\+\s*)?import\.meta\.url\)/g
const BARE = /new URL\(`((?:assets\/|ort-wasm)[^`]*)`,\s*import\.meta\.url\)/g

/** Addresses as bundlers look for them, so that whoever bundles the library bundles its worker and its wasm. */
function plainAddresses(): Plugin {
  return {
    name: 'plain-addresses',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = plain(chunk.code)
        else if (chunk.fileName.endsWith('.js')) chunk.source = plain(String(chunk.source))
      }
    },
  }
}

function plain(code: string): string {
  return code
    .replace(NESTED, (_all, path: string) => `new URL(\`${path}\`,import.meta.url)`)
    .replace(BARE, (_all, path: string) => `new URL(\`./${path}\`,import.meta.url)`)
}

/**
 * The library: one module, its worker, onnxruntime's wasm and the bundled model beside it. Not Vite's `build.lib`, which
 * would put 27 MB of wasm into the script as text.
 */
export default defineConfig({
  base: './', // addresses relative to the module
  publicDir: false,
  plugins: [plainAddresses()],
  build: {
    target: 'es2022',
    outDir: 'lib',
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: 'src/index.ts',
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: 'zoetrope.js' },
    },
  },
  worker: { format: 'es' },
})
