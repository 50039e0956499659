// The service worker's copy of the page: what it can do without stops nothing, and what is damaged comes again.

/** Caches of an older copy have another name. */
const EXTRAS = 'zoetrope-extras-'

/**
 * JavaScript for the service worker: keeps files that the page works without, each for itself. One that is missing on
 * the host leaves the rest as it is.
 * @param paths in the page's folder
 * @param version of their contents
 */
export function extrasScript(paths: readonly string[], version: string): string {
  return `
const extras = new Set(${JSON.stringify(paths)}.map((path) => new URL(path, self.location.href).href))
const extrasName = ${JSON.stringify(EXTRAS + version)}
self.addEventListener('install', (event) => event.waitUntil(caches.open(extrasName).then((cache) =>
  Promise.all([...extras].map((url) => cache.add(url).catch(() => console.warn('Not kept for offline use: ' + url)))))))
self.addEventListener('activate', (event) => event.waitUntil(caches.keys().then((names) => Promise.all(
  names.filter((name) => name.startsWith(${JSON.stringify(EXTRAS)}) && name !== extrasName).map((name) => caches.delete(name))))))
self.addEventListener('fetch', (event) => {
  if (!extras.has(event.request.url)) return
  event.stopImmediatePropagation()
  event.respondWith(caches.open(extrasName).then(async (cache) => (await cache.match(event.request.url)) ?? fetch(event.request)))
})
`.trim()
}

/** Milliseconds after a visit began: the page comes first. */
const CHECK_AFTER = 3000

/**
 * JavaScript for the service worker: at every visit it reads back what it keeps, and fetches anew what is not as it was
 * built. A page whose own script is damaged is whole at the next visit.
 * @param sha256 of the built files by their paths, lower-case hex
 */
export function healScript(sha256: Readonly<Record<string, string>>): string {
  return `
const built = new Map(Object.entries(${JSON.stringify(sha256)}).map(([path, sum]) => [new URL(path, self.location.href).href, sum]))
const isSound = async (response, sum) => {
  try {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.arrayBuffer()))
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sum
  } catch {
    return false
  }
}
/** Whether the others are worth a look: a host that alters its files does so to all. */
const heal = async (cache, request) => {
  const url = request.url.split('?')[0]
  const sum = built.get(url)
  const kept = sum && (await cache.match(request))
  if (!kept || (await isSound(kept, sum))) return true
  const fresh = await fetch(new Request(url, { cache: 'reload' })).catch(() => undefined)
  if (!fresh?.ok || !(await isSound(fresh.clone(), sum))) return false
  await cache.put(request, fresh)
  return true
}
let checking
const checkCopy = async () => {
  await new Promise((resolve) => setTimeout(resolve, ${CHECK_AFTER}))
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) if (!(await heal(cache, request))) return
  }
}
self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.waitUntil((checking ??= checkCopy()))
})
`.trim()
}
