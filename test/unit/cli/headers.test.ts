import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  CONTENT_SECURITY_POLICY,
  headersFor,
  SECURITY_HEADERS,
  SERVICE_WORKER_HEADERS,
} from '../../../src/cli/headers'
import { ownScript } from '../../../src/ui/trusted-types'

const policy = 'content-security-policy'
const directive = (path: string, name: string): string | undefined =>
  new RegExp(`${name} ([^;]*)`).exec(headersFor(path)[policy] ?? '')?.[1]

it('the policy allows no inline code, no eval and no other host', () => {
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/)
})

it('the thread that downloads models alone may reach other hosts', () => {
  expect(directive('/a/assets/store-worker-x_1-Y.js', 'connect-src')).toContain('https:')
  for (const path of [
    '/',
    '/index.html',
    '/assets/worker-x.js',
    '/assets/index-x.js',
    '/store-worker-x.js/y.html',
  ])
    expect(directive(path, 'connect-src')).toBe("'self'")
})

it('no thread makes code of text, and workers start no other scripts', () => {
  for (const path of ['/', '/assets/worker-x.js', '/assets/store-worker-x.js', '/sw.js'])
    expect(directive(path, 'require-trusted-types-for')).toBe("'script'")
  expect(directive('/', 'trusted-types')).toBe('default')
  for (const path of ['/a/assets/worker-x.js', '/assets/store-worker-x.js', '/sw.js'])
    expect(directive(path, 'trusted-types')).toBe("'none'")
})

describe('the scripts that the page may start', () => {
  const page = 'https://a.org/zoetrope/?model=x'
  it.each(['assets/worker-Ab_1.js', '/zoetrope/assets/store-worker-x.js', 'sw.js'])('%s', (url) => {
    expect(ownScript(url, page)).toMatch(/^https:\/\/a\.org\/zoetrope\//)
  })
  it.each([
    'https://b.org/zoetrope/assets/worker-x.js',
    '/assets/worker-x.js',
    'assets/index-x.js',
    'assets/../x/assets/worker-x.js',
    'assets/worker-x.js?x',
    'models/mini/worker-x.js',
    'data:text/javascript,1',
    'blob:https://a.org/1',
    'javascript:1',
  ])('not %s', (url) => {
    expect(ownScript(url, page)).toBeNull()
  })
})

describe('the service worker', () => {
  interface FetchEvent {
    request: { url: string }
    respondWith(answer: unknown): void
  }

  /** What comes of an answer that the rest of the service worker gives; `undefined` where it gives none. */
  async function answered(url: string, answer?: unknown): Promise<Response | undefined> {
    let listener: ((event: FetchEvent) => void) | undefined
    const self = {
      location: { origin: 'https://a.org' },
      addEventListener: (_type: string, given: typeof listener) => (listener = given),
    }
    runInContext(SERVICE_WORKER_HEADERS, createContext({ self, Response, Headers, URL, Promise }))
    let given: unknown
    const event: FetchEvent = { request: { url }, respondWith: (final) => void (given = final) }
    listener?.(event)
    if (answer !== undefined) event.respondWith(answer)
    return (await given) as Response | undefined
  }

  it.each([
    '/zoetrope/',
    '/zoetrope/index.html',
    '/zoetrope/assets/worker-a.js',
    '/assets/store-worker-a.js',
  ])('answers %s with its headers', async (path) => {
    const cached = new Response('text', { headers: { 'content-type': 'text/javascript' } })
    const response = await answered(`https://a.org${path}`, Promise.resolve(cached))
    const { 'cross-origin-embedder-policy': _hosts, ...expected } = headersFor(path)
    expect(Object.fromEntries(response!.headers)).toEqual({ 'content-type': 'text/javascript', ...expected })
    expect([response!.status, await response!.text()]).toEqual([200, 'text'])
  })

  it('leaves other hosts, errors and what it does not answer alone', async () => {
    const foreign = new Response('x')
    expect(await answered('https://b.org/x.js', foreign)).toBe(foreign)
    const error = Response.error()
    expect(await answered('https://a.org/x.js', error)).toBe(error)
    expect(await answered('https://a.org/x.js')).toBeUndefined()
    expect(SECURITY_HEADERS['cross-origin-embedder-policy']).toBe('require-corp')
  })
})
