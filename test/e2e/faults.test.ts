// Browsers and drivers that do not answer, and scripts that try what they must not: the real page, engine and worker.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveBare } from './support/bare-server'
import { buildTinyPage } from './support/build-page'
import { IS_LONG } from './support/long'
import { stop } from './support/studio'
import { servePage } from './support/served-page'
import { settings, writePrompt } from './support/visit'

const MINUTES = 60_000

const served = servePage(buildTinyPage, { isBroken: true })

const ENGINE = '**/assets/worker-*.js'
const alert = (page: Page) => page.getByRole('alert')
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

async function arrive(before: (page: Page) => Promise<unknown>): Promise<Page> {
  const { page } = await served.visit('', { before })
  page.setDefaultTimeout(3 * MINUTES)
  return page
}

/** Puts a script before the engine's, which then finds such a browser. */
const prelude = (script: string) => (page: Page) =>
  page.route(ENGINE, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${script}\n${await response.text()}` })
  })

/** Milliseconds until `press` has brought back a page on which `there` can be seen. */
async function timed(press: () => Promise<unknown>, there: () => Promise<unknown>): Promise<number> {
  const from = Date.now()
  await press()
  await there()
  return Date.now() - from
}

describe('a GPU', () => {
  it(
    'that does not open is a notice of its kind, in the driver’s words and ours',
    async () => {
      const page = await arrive(
        prelude(
          `GPUAdapter.prototype.requestDevice = async () => { throw new DOMException('D3D12 create device failed with E_OUTOFMEMORY', 'OperationError') }`,
        ),
      )
      await page.getByRole('heading', { name: 'No usable GPU was found' }).waitFor()
      expect(await alert(page).textContent()).toMatch(
        /The GPU \(.+\) was found, but could not be opened: D3D12 create device failed with E_OUTOFMEMORY\. Close other tabs/,
      )
      await button(page, 'Try again').waitFor()
    },
    3 * MINUTES,
  )

  it(
    'that is never named can be given up at any time, and is a sentence after a while',
    async () => {
      const soon = `{
        const late = self.setTimeout // six times as soon
        self.setTimeout = (work, ms, ...given) => late(work, ms / 6, ...given)
      }`
      const page = await arrive(
        prelude(`${soon}\nGPU.prototype.requestAdapter = () => new Promise(() => {})`),
      )
      await button(page, 'Cancel').waitFor()
      const cancelled = page.getByRole('heading', { name: 'Cancelled' })
      const ms = await timed(
        () => button(page, 'Cancel').click(),
        () => cancelled.waitFor(),
      )
      console.log(`opening given up in ${ms} ms`)
      expect(ms).toBeLessThan(3_000)
      await button(page, 'Try again').click()
      await page.getByRole('heading', { name: 'No usable GPU was found' }).waitFor()
      expect(await alert(page).textContent()).toContain('within 60 s')
    },
    3 * MINUTES,
  )
})

it(
  'an encoder whose flush never ends does not hold up a cancel, and is found before the run',
  async () => {
    const page = await arrive(prelude(`VideoEncoder.prototype.flush = () => new Promise(() => {})`))
    await settings(page).waitFor()
    await writePrompt(page, 'a red ball')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('progressbar').waitFor()
    const ms = await timed(
      () => stop(page),
      () => button(page, /^Generate/).waitFor(),
    )
    console.log(`cancelled in ${ms} ms`)
    expect(ms).toBeLessThan(3_000)
    await page.getByLabel('Prompt', { exact: true }).press('Control+Enter')
    await page.getByRole('heading', { name: 'No video encoder' }).waitFor()
    expect(await page.locator('canvas').count()).toBe(0) // no step was run for nothing
  },
  4 * MINUTES,
)

it(
  'an engine whose script is missing can be tried again',
  async () => {
    let isMissing = true
    const page = await arrive((page) =>
      page.route(ENGINE, (route) =>
        isMissing ? route.fulfill({ status: 404, body: 'not here' }) : route.continue(),
      ),
    )
    await page.getByRole('heading', { name: 'The engine did not start' }).waitFor()
    expect(await alert(page).textContent()).toContain('Check the connection and try again')
    isMissing = false
    await button(page, 'Try again').click()
    await settings(page).waitFor()
  },
  3 * MINUTES,
)

it(
  'an engine that is deaf to a cancel is replaced, and the next film is made',
  async () => {
    const page = await arrive(
      prelude(
        `const post = self.postMessage
        self.postMessage = (message, options) => {
          post.call(self, message, options)
          if (message.type === 'progress' && message.progress.stage === 'denoise') for (;;);
        }`,
      ),
    )
    await settings(page).waitFor()
    await writePrompt(page, 'a red ball')
    await page.keyboard.press('Control+Enter')
    await page.waitForFunction(() => zoetrope.get().job?.progress?.stage === 'denoise', null, {
      timeout: MINUTES,
    })
    await page.unroute(ENGINE) // its successor is sound
    const ms = await timed(
      () => stop(page),
      () => button(page, /^Generate/).waitFor(),
    )
    console.log(`replaced in ${ms} ms`)
    expect(ms).toBeGreaterThan(4_000)
    expect(ms).toBeLessThan(10_000)
    await page.getByLabel('Prompt', { exact: true }).press('Control+Enter')
    await page.locator('video').waitFor()
  },
  5 * MINUTES,
)

it(
  'a database that never answers is a sentence after a while, with the bundled model as a way on',
  async () => {
    const page = await arrive((page) =>
      page.addInitScript(() => {
        localStorage.setItem('zoetrope.choice', JSON.stringify({ model: { kind: 'disk', key: 'x' } }))
        IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest
      }),
    )
    await page.getByRole('heading', { name: 'x could not be opened' }).waitFor({ timeout: MINUTES })
    await button(page, /^Use /).click()
    await page.waitForFunction(() => zoetrope.get().engine?.model.id === 'tiny', null, { timeout: MINUTES })
  },
  3 * MINUTES,
)

describe('a cancel while a model opens', () => {
  const never = '() => new Promise(() => {})'
  const choose = (page: Page, model: object) =>
    page.addInitScript((chosen) => localStorage.setItem('zoetrope.choice', chosen), JSON.stringify({ model }))

  it.each<[string, RegExp, (page: Page) => Promise<unknown>]>([
    ['whose server is silent', /^Cancelled$/, (page) => page.route('**/models/mini/**', () => undefined)],
    ['on a GPU that never opens', /^Cancelled$/, prelude(`GPUAdapter.prototype.requestDevice = ${never}`)],
    [
      'from a storage that never answers',
      /^Cancelled$/,
      async (page) => {
        await choose(page, { kind: 'stored', model: 'wan2.1-t2v-1.3b' })
        await prelude(`StorageManager.prototype.getDirectory = ${never}`)(page)
      },
    ],
    [
      'from files that a silent database remembers',
      /^x could not be opened$/,
      async (page) => {
        await choose(page, { kind: 'disk', key: 'x' })
        await page.addInitScript(() => {
          IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest
        })
      },
    ],
  ])(
    '%s ends the wait',
    async (_what, heading, before) => {
      const page = await arrive(before)
      await button(page, 'Cancel').waitFor()
      const ms = await timed(
        () => button(page, 'Cancel').click(),
        () => page.getByRole('heading', { name: heading }).waitFor(),
      )
      console.log(`opening given up in ${ms} ms`)
      expect(ms).toBeLessThan(3_000)
    },
    3 * MINUTES,
  )
})

describe('a browser', () => {
  it('without an encoder is told before anything is tried', async () => {
    const page = await arrive((page) =>
      page.addInitScript(() => Reflect.deleteProperty(globalThis, 'VideoEncoder')),
    )
    await page.getByRole('heading', { name: 'No video encoder' }).waitFor()
    expect(await alert(page).textContent()).toContain(
      'Open this page in a current Chrome, Edge, Firefox or Safari',
    )
  })

  it('that has WebGPU and no GPU is told what to turn on', async () => {
    const page = await arrive(prelude(`GPU.prototype.requestAdapter = async () => null`))
    await page.getByRole('heading', { name: 'No usable GPU was found' }).waitFor()
    expect(await alert(page).textContent()).toContain('Turn on hardware acceleration')
  })

  it(
    'that keeps nothing, as in some private windows, makes films all the same',
    async () => {
      const page = await arrive(async (page) => {
        await page.addInitScript(() => {
          const denied = (): never => {
            throw new DOMException('The operation is insecure.', 'SecurityError')
          }
          Object.defineProperty(window, 'localStorage', { get: denied })
          IDBFactory.prototype.open = denied
          StorageManager.prototype.getDirectory = async () => denied()
          StorageManager.prototype.persist = async () => denied()
          StorageManager.prototype.estimate = async () => denied()
        })
        await page.route('**/assets/*worker-*.js', async (route) => {
          const response = await route.fetch()
          const script = `const denied = () => { throw new DOMException('The operation is insecure.', 'SecurityError') }
          StorageManager.prototype.getDirectory = async () => denied()
          CacheStorage.prototype.open = async () => denied()\n`
          await route.fulfill({ response, body: script + (await response.text()) })
        })
      })
      await settings(page).waitFor()
      await writePrompt(page, 'a red ball')
      await page.keyboard.press('Control+Enter')
      await page.locator('video').waitFor()
      expect(served.current.complaints).toEqual([])
    },
    5 * MINUTES,
  )
})

/** What happens to what an attacker's script in the engine's thread would try. */
interface Tried {
  eval: string
  fetch: string
  import: string
}

async function tryInEngine(page: Page, elsewhere: string): Promise<Tried> {
  const engine = page.workers().find((worker) => /\/worker-[^/]*\.js$/.test(worker.url()))
  if (engine === undefined) throw new Error('The engine has no worker.')
  return engine.evaluate(async (url) => {
    const outcome = (work: () => unknown): Promise<string> =>
      // From a timer, so that the debugger's leave does not count.
      new Promise((resolve) =>
        setTimeout(() => {
          Promise.resolve()
            .then(work)
            .then(
              () => resolve('ran'),
              () => resolve('refused'),
            )
        }),
      )
    return {
      eval: await outcome(() => new Function('return 1')()),
      fetch: await outcome(() => fetch(url)),
      import: await outcome(() => import(`${url}script.js`)),
    }
  }, elsewhere)
}

describe('a script that has got in', () => {
  let elsewhere: Server
  let foreign: string

  beforeAll(async () => {
    elsewhere = createServer((_request, response) =>
      response
        .writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' })
        .end('export {}'),
    )
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    foreign = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
  })
  afterAll(() => elsewhere.close())

  const REFUSED: Tried = { eval: 'refused', fetch: 'refused', import: 'refused' }

  it('makes no code of text and reaches no other host, in the engine neither', async () => {
    const { page } = await served.visit('', { serviceWorkers: 'allow' })
    await settings(page).waitFor({ timeout: MINUTES })
    expect(served.current.complaints).toEqual([]) // the page itself needs none of it
    const refused = await page.evaluate((url) => {
      const outcome = (work: () => unknown): string => {
        try {
          work()
          return 'ran'
        } catch (error) {
          return (error as Error).name
        }
      }
      return [
        outcome(() => (document.createElement('div').innerHTML = '<b>x</b>')),
        outcome(() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')),
        outcome(() => new Worker('data:text/javascript,1')),
        outcome(() => new Worker(`${url}worker.js`)),
        outcome(() => Object.assign(document.createElement('script'), { src: `${url}x.js` })),
      ]
    }, foreign)
    expect(refused).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError'])
    expect(await tryInEngine(page, foreign)).toEqual(REFUSED)
  })

  it('neither does so on a host that sets no headers, from the second visit on', async () => {
    const bare = await serveBare(served.folder)
    try {
      const { page } = await served.visit(bare.url, { serviceWorkers: 'allow' })
      await settings(page).waitFor({ timeout: MINUTES })
      // As docs/hosting.md has it: on the very first visit nothing gives the worker a policy. This is the control, too.
      expect(await tryInEngine(page, foreign)).toMatchObject({ eval: 'ran', fetch: 'ran' })
      await page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state)
      await page.reload()
      await settings(page).waitFor({ timeout: MINUTES })
      expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
      expect(await tryInEngine(page, foreign)).toEqual(REFUSED)
      const headers = await page.evaluate(async () => Object.fromEntries((await fetch('./')).headers))
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    } finally {
      await bare.close()
    }
  })
})

// road.test.ts has one that is killed, too.
if (IS_LONG)
  it(
    'a GPU process that is killed in a run is not noticed: the run goes on, and has the frames of an undisturbed one',
    async () => {
      const page = await arrive(async () => undefined)
      await settings(page).waitFor()
      const make = (): Promise<string> =>
        page.evaluate(async () => {
          const { result } = await zoetrope.generate({ prompt: 'a red ball', seed: 7, numInferenceSteps: 40 })
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', result.mp4))
          const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
          return `${result.latentsSha256} ${sha256}`
        })
      await make() // chooses the kernels
      const undisturbed = await make()
      const disturbed = make()
      await page.waitForFunction(() => {
        const { stage, step = 0 } = zoetrope.get().job?.progress ?? {}
        return stage === 'denoise' && step >= 20
      })
      const browser = await served.browser.newBrowserCDPSession()
      await browser.send('Browser.crashGpuProcess')
      const steps: number[] = []
      const watch = setInterval(() => {
        void page
          .evaluate(() => zoetrope.get().job?.progress)
          .then((progress) => progress?.stage === 'denoise' && steps.push(progress.step))
          .catch(() => undefined)
      }, 50)
      expect(await disturbed).toBe(undisturbed)
      clearInterval(watch)
      console.log(`steps seen after the crash: from ${Math.min(...steps)} on`)
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(19) // none from the beginning
    },
    10 * MINUTES,
  )
