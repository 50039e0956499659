// The parts of the service worker that keep what can be done without, and fetch anew what is damaged.
import { createHash } from 'node:crypto'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { extrasScript, healScript } from '../../../src/cli/offline-copy'

const PAGE = 'https://a.org/zoetrope/'

interface Given {
  /** What the host has, by path. */
  host: Map<string, string>
  /** Of the browser: by name, then by address. */
  caches: Map<string, Map<string, string>>
}

/** The script in a service worker of this host and these caches. */
function serviceWorker(script: string, { host, caches }: Given) {
  const listeners = new Map<string, (event: object) => void>()
  const fetched: string[] = []
  const fetch = async (request: string | { url: string }): Promise<Response> => {
    const url = typeof request === 'string' ? request : request.url
    fetched.push(url)
    const body = host.get(url.slice(PAGE.length))
    if (body === undefined) throw new TypeError('Failed to fetch')
    return new Response(body)
  }
  const opened = (name: string) => {
    const kept = caches.get(name) ?? new Map<string, string>()
    caches.set(name, kept)
    const urlOf = (request: string | { url: string }): string =>
      typeof request === 'string' ? request : request.url
    return {
      add: async (url: string) => void kept.set(url, await (await fetch(url)).text()),
      match: async (request: string | { url: string }) => {
        const body = kept.get(urlOf(request))
        return body === undefined ? undefined : new Response(body)
      },
      put: async (request: { url: string }, response: Response) =>
        void kept.set(request.url, await response.text()),
      keys: async () => [...kept.keys()].map((url) => ({ url })),
    }
  }
  class FakeRequest {
    constructor(readonly url: string) {}
  }
  runInContext(
    script,
    createContext({
      self: {
        location: { href: `${PAGE}sw.js` },
        addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, listener),
      },
      caches: {
        open: async (name: string) => opened(name),
        keys: async () => [...caches.keys()],
        delete: async (name: string) => caches.delete(name),
      },
      setTimeout: (act: () => void) => act(),
      console: { warn: () => undefined },
      Request: FakeRequest,
      Uint8Array,
      crypto,
      fetch,
      URL,
    }),
  )
  const wait = async (type: string, event: object = {}): Promise<void> => {
    let done: unknown
    listeners.get(type)?.({ ...event, waitUntil: (promise: unknown) => (done = promise) })
    await done
  }
  return {
    fetched,
    install: () => wait('install'),
    activate: () => wait('activate'),
    visit: () => wait('fetch', { request: { mode: 'navigate', url: PAGE } }),
    async answer(path: string): Promise<string | undefined> {
      let given: Promise<Response> | undefined
      const event = {
        request: { url: PAGE + path },
        stopImmediatePropagation: () => undefined,
        respondWith: (answer: Promise<Response>) => (given = answer),
      }
      listeners.get('fetch')?.(event)
      return (await given)?.text()
    },
  }
}

describe('what the page works without', () => {
  const script = extrasScript(['icons/a.png', 'icons/b.png'], '2')

  it('is kept, each for itself: one that is missing costs no other', async () => {
    const caches = new Map([['zoetrope-extras-1', new Map<string, string>()]])
    const host = new Map([['icons/a.png', 'A']])
    const worker = serviceWorker(script, { host, caches })
    await worker.install()
    await worker.activate()
    expect([...caches]).toEqual([['zoetrope-extras-2', new Map([[`${PAGE}icons/a.png`, 'A']])]])
    host.clear()
    expect(await worker.answer('icons/a.png')).toBe('A')
    expect(await worker.answer('assets/x.js')).toBeUndefined()
    host.set('icons/b.png', 'B')
    expect(await worker.answer('icons/b.png')).toBe('B')
  })
})

describe('a copy that was damaged', () => {
  const sum = (text: string): string => createHash('sha256').update(text).digest('hex')
  const script = healScript({ 'assets/x.js': sum('x'), 'models/mini/manifest.json': sum('{}') })
  const NAME = 'workbox-precache'
  const sound = (): [string, string][] => [
    [`${PAGE}assets/x.js`, 'x'],
    [`${PAGE}models/mini/manifest.json?__WB_REVISION__=1`, '{}'],
    [`${PAGE}index.html?__WB_REVISION__=1`, 'whatever a host makes of it'],
  ]

  it('is whole after a visit, and nothing else is fetched', async () => {
    for (const [at] of sound().slice(0, 2)) {
      const kept = new Map(sound()).set(at, 'da')
      const host = new Map([
        ['assets/x.js', 'x'],
        ['models/mini/manifest.json', '{}'],
      ])
      const worker = serviceWorker(script, { host, caches: new Map([[NAME, kept]]) })
      await worker.visit()
      expect([...kept]).toEqual(sound())
      expect(worker.fetched).toEqual([at.split('?')[0]])
    }
  })

  it('stays as it is offline, and where the host has another file', async () => {
    for (const other of [undefined, 'y']) {
      const kept = new Map(sound()).set(`${PAGE}assets/x.js`, 'da')
      const host = new Map(other === undefined ? [] : [['assets/x.js', other]])
      const worker = serviceWorker(script, { host, caches: new Map([[NAME, kept]]) })
      kept.set(sound()[1]![0], 'da')
      await worker.visit()
      expect(kept.get(`${PAGE}assets/x.js`)).toBe('da')
      expect(worker.fetched).toEqual([`${PAGE}assets/x.js`]) // and nothing more is tried
    }
  })

  it('that is sound costs no request', async () => {
    const worker = serviceWorker(script, { host: new Map(), caches: new Map([[NAME, new Map(sound())]]) })
    await worker.visit()
    expect(worker.fetched).toEqual([])
  })
})
