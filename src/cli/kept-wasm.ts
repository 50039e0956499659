// Two builds of onnxruntime-web's WebAssembly are on the host; a browser loads one of them, and keeps no other.

const BUILDS = {
  /** Where WebAssembly waits for promises by itself. */
  jspi: /(^|\/)ort-wasm-simd-threaded\.jspi-[\w-]+\.wasm$/,
  asyncify: /(^|\/)ort-wasm-simd-threaded\.asyncify-[\w-]+\.wasm$/,
}

/**
 * JavaScript for the service worker: keeps the build that this browser will load.
 * @param paths of all built files, in the page's folder
 * @returns nothing where there are no such builds
 */
export function keptWasmScript(paths: readonly string[]): string {
  const [jspi, asyncify] = [BUILDS.jspi, BUILDS.asyncify].map((build) =>
    paths.find((path) => build.test(path)),
  )
  if (jspi === undefined || asyncify === undefined) return ''
  return `
const runtime = new URL('Suspending' in WebAssembly ? ${JSON.stringify(jspi)} : ${JSON.stringify(asyncify)}, self.location.href).href
const runtimes = () => caches.open('zoetrope-runtime')
self.addEventListener('install', (event) => event.waitUntil(runtimes().then(async (cache) => {
  if (!(await cache.match(runtime))) await cache.add(runtime)
})))
self.addEventListener('activate', (event) => event.waitUntil(runtimes().then(async (cache) => {
  for (const kept of await cache.keys()) if (kept.url !== runtime) await cache.delete(kept)
})))
self.addEventListener('fetch', (event) => {
  if (event.request.url !== runtime) return
  event.stopImmediatePropagation()
  event.respondWith(runtimes().then(async (cache) => (await cache.match(runtime)) ?? fetch(event.request)))
})
`.trim()
}
