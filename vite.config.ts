import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { CONTENT_SECURITY_POLICY, SECURITY_HEADERS, SERVICE_WORKER_HEADERS } from './src/cli/headers.ts'
import { keptWasmScript } from './src/cli/kept-wasm.ts'
import { SERVICE_WORKER_EVENTS, SHARE_ACTION } from './src/cli/service-worker-events.ts'
import { laterRoles } from './src/engine/model/manifest-files.ts'
import { extrasScript, healScript } from './src/cli/offline-copy.ts'

/** The policy as a meta tag, for hosts that cannot set headers. Not while developing: hot reloading is inline. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
        injectTo: 'head-prepend',
      },
    ],
  }
}

/**
 * JavaScript for the beginning of the service worker: on a first visit it keeps what the page has just fetched, out of the
 * browser's cache, instead of fetching it a second time.
 */
const FETCHED_ONCE = `
const fetchAnew = self.fetch.bind(self)
self.fetch = (request, options) =>
  self.registration.active === null && request instanceof Request && /\\/(models|assets|examples|icons)\\//.test(request.url)
    ? fetchAnew(new Request(request, { cache: 'force-cache' }), options)
    : fetchAnew(request, options)
`.trim()

/** Folders of which the page works without any file: one that a host lacks must not cost the offline copy. */
const EXTRAS = ['icons', 'examples', 'loras']

const sha256Of = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/** The built files in a folder, by their paths from `root`. */
function filesIn(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    return entry.isDirectory() ? filesIn(root, path) : [path]
  })
}

/**
 * What Workbox does not do: the service worker adds the headers to what it keeps (a worker's policy comes with its script, and some
 * hosts send none), keeps the one build of onnxruntime-web that the browser loads, does without pictures that a host lacks, and fetches
 * damaged files anew.
 */
function serviceWorkerScripts(): Plugin {
  let folder = ''
  return {
    name: 'service-worker-scripts',
    apply: 'build',
    configResolved: ({ root, build }) => void (folder = resolve(root, build.outDir)),
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        const file = join(folder, 'sw.js')
        if (!existsSync(file)) return
        const files = filesIn(folder)
        const assets = files.filter((path) => path.startsWith('assets/'))
        const extras = files.filter((path) => EXTRAS.some((each) => path.startsWith(`${each}/`)))
        // A host may add to a page what it likes; all else is as it was built.
        const fixed = files.filter((path) => !/(\.html|^sw\.js)$/.test(path))
        const sums = Object.fromEntries(fixed.map((path) => [path, sha256Of(join(folder, path))]))
        const version = createHash('sha256')
          .update(extras.map((path) => sums[path]).join())
          .digest('hex')
        const parts = [
          SERVICE_WORKER_HEADERS,
          FETCHED_ONCE,
          SERVICE_WORKER_EVENTS,
          keptWasmScript(assets),
          extrasScript(extras, version.slice(0, 16)),
          healScript(sums),
          readFileSync(file, 'utf8'),
        ]
        writeFileSync(file, parts.join('\n'))
      },
    },
  }
}

const MANIFEST = {
  name: 'Zoetrope',
  short_name: 'Zoetrope',
  description: 'Makes video from text and pictures on your own GPU. Nothing leaves your machine.',
  id: './',
  start_url: './',
  scope: './',
  display: 'standalone',
  background_color: '#f6f1e8',
  theme_color: '#f6f1e8',
  categories: ['photo', 'graphics', 'entertainment'],
  icons: [
    { src: 'icons/zoetrope.svg', sizes: 'any', type: 'image/svg+xml' },
    { src: 'icons/zoetrope-192.png', sizes: '192x192', type: 'image/png' },
    { src: 'icons/zoetrope-512.png', sizes: '512x512', type: 'image/png' },
    { src: 'icons/zoetrope-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
} as const

/** The bundled model's files that only some clips need: kept when they are first used, and not before. */
function laterFiles(publicDir: string): string[] {
  const folder = 'models/mini'
  const { files, defaults } = JSON.parse(readFileSync(join(publicDir, folder, 'manifest.json'), 'utf8')) as {
    files: { role: string; path: string }[]
    defaults: { decoder?: 'full' | 'tiny' }
  }
  const later = laterRoles(defaults)
  return files.filter(({ role }) => later.includes(role)).map(({ path }) => `${folder}/${path}`)
}

/** Tests build the page with another model. */
let publicDir = ''

const BUNDLER = { checks: { pluginTimings: false } }

export default defineConfig({
  base: './', // any folder of any host
  plugins: [
    react(),
    contentSecurityPolicy(),
    { name: 'public-folder', configResolved: (config) => void (publicDir = config.publicDir) },
    VitePWA({
      registerType: 'prompt', // src/ui/service-worker.ts asks
      injectRegister: false,
      includeManifestIcons: false,
      manifest: {
        ...MANIFEST,
        categories: [...MANIFEST.categories],
        icons: [...MANIFEST.icons],
        // A text that is shared becomes the prompt, a picture what the clip begins with; the service worker takes them.
        share_target: {
          action: `./${SHARE_ACTION}`,
          method: 'POST',
          enctype: 'multipart/form-data',
          params: { text: 'prompt', files: [{ name: 'picture', accept: ['image/*'] }] },
        },
        // A film of ours gives its recipe back.
        file_handlers: [{ action: './', accept: { 'video/mp4': ['.mp4'] } }],
      },
      workbox: {
        // Shell, engine and what the first clip needs of the bundled model; with one onnxruntime wasm, all that a generation needs.
        globPatterns: ['**/*.{html,js,mjs,css,wasm,woff2,svg,png,webp,json,safetensors}'],
        // For those who measure, online; what comes later; and what the page works without.
        globIgnores: [
          'assets/ort-wasm-*',
          'bench.html',
          'assets/bench-*',
          ...EXTRAS.map((each) => `${each}/**`),
        ],
        manifestTransforms: [
          (entries) => {
            const later = laterFiles(publicDir)
            return { manifest: entries.filter(({ url }) => !later.includes(url)), warnings: [] }
          },
        ],
        maximumFileSizeToCacheInBytes: 64 * 1024 * 1024,
        navigateFallbackDenylist: [/\/models\//, /\/bench(\.html)?(\?|$)/],
        cleanupOutdatedCaches: true,
        inlineWorkboxRuntime: true,
        sourcemap: false,
      },
    }),
    serviceWorkerScripts(), // after the plugin that writes it
  ],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // data: URLs would need a weaker policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { ...BUNDLER, input: ['index.html', 'bench.html'] },
  },
  worker: { format: 'es', rolldownOptions: BUNDLER },
  preview: { headers: SECURITY_HEADERS },
})
