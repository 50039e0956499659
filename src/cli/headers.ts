// The headers of a host that serves Zoetrope. The page carries its policy in a meta tag too, for hosts that set none;
// there the service worker adds the headers to what it keeps.

const POLICY = {
  'default-src': "'self'",
  'script-src': "'self' 'wasm-unsafe-eval'", // onnxruntime-web compiles WebAssembly
  'worker-src': "'self'",
  'connect-src': "'self'",
  'style-src': "'self'",
  'font-src': "'self'",
  'img-src': "'self' blob:", // stills of clips, and the tab's icon that fills
  'media-src': "'self' blob:", // the finished clip
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'", // no text becomes HTML or code
} as const

function written(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ')
}

/** The page's policy, which allows only its own origin. `ui/trusted-types` decides which scripts it may start. */
export const CONTENT_SECURITY_POLICY = written({ ...POLICY, 'trusted-types': 'default' })

/** A worker's own policy, from the response with its script. It starts no other script. */
const WORKER_POLICY = { ...POLICY, 'trusted-types': "'none'" }
const WORKER = /\/(assets\/[\w-]*worker-[\w-]+|sw)\.js$/

/** The downloading worker alone may reach other hosts, and it never receives a prompt. */
const DOWNLOADER = /\/store-worker-[\w-]+\.js$/
const DOWNLOADER_POLICY = {
  ...WORKER_POLICY,
  'connect-src': "'self' https: http://localhost:* http://127.0.0.1:*",
}

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** @param path of the requested file */
export function headersFor(path: string): Readonly<Record<string, string>> {
  const policy = DOWNLOADER.test(path) ? DOWNLOADER_POLICY : WORKER.test(path) ? WORKER_POLICY : undefined
  return policy === undefined
    ? SECURITY_HEADERS
    : { ...SECURITY_HEADERS, 'content-security-policy': written(policy) }
}

/**
 * Isolation is for a host to decide: a worker that then came without the header, past the service worker, would not
 * start.
 */
const OF_HOSTS_ALONE = 'cross-origin-embedder-policy'

function keptHeaders(path: string): [string, string][] {
  return Object.entries(headersFor(path)).filter(([name]) => name !== OF_HOSTS_ALONE)
}

/**
 * JavaScript for the beginning of the service worker: adds the headers above to every response from its cache,
 * whether the host set them or not.
 */
export const SERVICE_WORKER_HEADERS = `
const downloader = ${DOWNLOADER}, worker = ${WORKER}
const headers = ${JSON.stringify({
  downloader: keptHeaders('/store-worker-x.js'),
  worker: keptHeaders('/sw.js'),
  page: keptHeaders('/'),
})}
const guarded = (response, path) => {
  if (!response || response.type === 'error' || response.type.startsWith('opaque')) return response
  const all = new Headers(response.headers)
  const kind = downloader.test(path) ? 'downloader' : worker.test(path) ? 'worker' : 'page'
  for (const [name, value] of headers[kind]) all.set(name, value)
  const { body, status, statusText } = response
  return new Response(body, { status, statusText, headers: all })
}
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url)
  if (origin !== self.location.origin) return
  const respond = event.respondWith.bind(event)
  event.respondWith = (answer) => respond(Promise.resolve(answer).then((response) => guarded(response, pathname)))
})
`.trim()
