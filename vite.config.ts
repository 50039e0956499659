import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { CONTENT_SECURITY_POLICY, SECURITY_HEADERS, SERVICE_WORKER_HEADERS } from './src/cli/headers.ts'

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

/** The service worker adds the headers to what it keeps: a worker's policy comes with its script, and some hosts send none. */
function serviceWorkerHeaders(): Plugin {
  let file = ''
  return {
    name: 'service-worker-headers',
    apply: 'build',
    configResolved: ({ root, build }) => void (file = resolve(root, build.outDir, 'sw.js')),
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        if (existsSync(file)) writeFileSync(file, `${SERVICE_WORKER_HEADERS}\n${readFileSync(file, 'utf8')}`)
      },
    },
  }
}

const MANIFEST = {
  name: 'Zoetrope',
  short_name: 'Zoetrope',
  description: 'Text to video on your own GPU. Nothing leaves your machine.',
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

const BUNDLER = { checks: { pluginTimings: false } }

export default defineConfig({
  base: './', // any folder of any host
  plugins: [
    react(),
    contentSecurityPolicy(),
    VitePWA({
      registerType: 'prompt', // src/ui/service-worker.ts asks
      injectRegister: false,
      manifest: { ...MANIFEST, categories: [...MANIFEST.categories], icons: [...MANIFEST.icons] },
      workbox: {
        // Shell, engine, one onnxruntime wasm and the bundled model: all that a generation needs.
        globPatterns: ['**/*.{html,js,mjs,css,wasm,woff2,svg,png,json,safetensors}'],
        globIgnores: ['bench.html', 'assets/bench-*'], // for those who measure, online
        maximumFileSizeToCacheInBytes: 64 * 1024 * 1024,
        navigateFallbackDenylist: [/\/models\//, /\/bench(\.html)?(\?|$)/],
        cleanupOutdatedCaches: true,
        inlineWorkboxRuntime: true,
        sourcemap: false,
      },
    }),
    serviceWorkerHeaders(), // after the plugin that writes it
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
