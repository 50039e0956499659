// The headers of a host that serves Zoetrope. The page carries the policy in a meta tag too, for hosts that set none.

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
} as const

function written(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ')
}

/** What page and engine may load: themselves, from their own origin. */
export const CONTENT_SECURITY_POLICY = written(POLICY)

/** A worker has its own policy. The one that downloads models alone may reach other hosts, and no prompt ever comes to it. */
const DOWNLOADER = /\/store-worker-[\w-]+\.js$/
const DOWNLOADER_POLICY = written({
  ...POLICY,
  'connect-src': "'self' https: http://localhost:* http://127.0.0.1:*",
})

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** @param path of the file that is asked for */
export function headersFor(path: string): Readonly<Record<string, string>> {
  return DOWNLOADER.test(path)
    ? { ...SECURITY_HEADERS, 'content-security-policy': DOWNLOADER_POLICY }
    : SECURITY_HEADERS
}
