import { createContext, runInContext } from 'node:vm'
import { expect, it } from 'vitest'
import { keptWasmScript } from '../../../src/cli/kept-wasm'

const BUILT = [
  'assets/index-a1.js',
  'assets/ort-wasm-simd-threaded.jspi-Ab_1.wasm',
  'assets/ort-wasm-simd-threaded.asyncify-c-2.wasm',
]
const ORIGIN = 'https://a.org/zoetrope/'

/** A service worker in a browser with or without JSPI, its cache, and what it answers. */
function serviceWorker(hasJspi: boolean, kept: string[]) {
  const listeners = new Map<string, (event: object) => void>()
  const cache = {
    match: async (url: string) => (kept.includes(url) ? `kept ${url}` : undefined),
    add: async (url: string) => void kept.push(url),
    keys: async () => kept.map((url) => ({ url })),
    delete: async ({ url }: { url: string }) => void kept.splice(kept.indexOf(url), 1),
  }
  const context = {
    self: {
      location: { href: `${ORIGIN}sw.js` },
      addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, listener),
    },
    caches: { open: async () => cache },
    fetch: async ({ url }: { url: string }) => `fetched ${url}`,
    WebAssembly: hasJspi ? { Suspending: true } : {},
    URL,
  }
  runInContext(keptWasmScript(BUILT), createContext(context))
  const wait = async (type: string): Promise<void> => {
    let done: Promise<void> = Promise.resolve()
    listeners.get(type)?.({ waitUntil: (promise: Promise<void>) => (done = promise) })
    await done
  }
  const answer = async (url: string): Promise<unknown> => {
    let given: unknown
    const event = {
      request: { url },
      stopImmediatePropagation: () => {},
      respondWith: (answer: unknown) => (given = answer),
    }
    listeners.get('fetch')?.(event)
    return given
  }
  return { wait, answer }
}

it.each([
  [true, 'jspi-Ab_1'],
  [false, 'asyncify-c-2'],
])('a browser with JSPI %s keeps one build, and the one of before no longer', async (hasJspi, build) => {
  const kept = [`${ORIGIN}assets/ort-wasm-simd-threaded.jspi-old.wasm`]
  const url = `${ORIGIN}assets/ort-wasm-simd-threaded.${build}.wasm`
  const { wait, answer } = serviceWorker(hasJspi, kept)
  await wait('install')
  expect(kept).toHaveLength(2) // the page of before still runs
  await wait('activate')
  expect(kept).toEqual([url])
  expect(await answer(url)).toBe(`kept ${url}`)
  expect(await answer(`${ORIGIN}assets/index-a1.js`)).toBeUndefined()
  kept.length = 0
  expect(await answer(url)).toBe(`fetched ${url}`)
})

it('a page without onnxruntime keeps none', () => {
  expect(keptWasmScript(['assets/index-a1.js'])).toBe('')
})
