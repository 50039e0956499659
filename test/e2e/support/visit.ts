import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'

/** A page under watch: what it must never do is written down. */
export interface Visit {
  page: Page
  context: BrowserContext
  /** Console errors, uncaught errors and violations of the content security policy. */
  complaints: string[]
  /** Requests to our own origin and to others, also those of workers. */
  own: string[]
  foreign: string[]
  close(): Promise<void>
}

export type VisitOptions = BrowserContextOptions & {
  /** Prepares the page before it opens its address. */
  before?: (page: Page) => Promise<unknown>
}

/** Without a service worker, which would keep all of the page offline, unless the options allow one. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { before, ...contextOptions } = options
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    serviceWorkers: 'block',
    ...contextOptions,
  })
  const complaints: string[] = []
  const own: string[] = []
  const foreign: string[] = []
  const { origin } = new URL(url)
  context.on('request', (request) => {
    const target = new URL(request.url())
    if (target.protocol.startsWith('http')) (target.origin === origin ? own : foreign).push(request.url())
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    )
  })
  page.on('worker', (worker) => {
    const watched = worker.evaluate(() => {
      addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      )
    })
    watched.catch(() => undefined) // it ended first
  })
  await before?.(page)
  await page.goto(url)
  return { page, context, complaints, own, foreign, close: () => context.close() }
}

export async function writePrompt(page: Page, prompt: string): Promise<void> {
  await page.getByLabel('Prompt', { exact: true }).fill(prompt)
}

/** There once the engine is open. */
export function settings(page: Page): Locator {
  return page.locator('summary', { hasText: 'Settings' })
}

export async function openSettings(page: Page): Promise<void> {
  await settings(page).click()
}

/** Fills fields of the settings, which are open, by their labels. */
export async function fillSettings(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values))
    await page.getByLabel(label, { exact: true }).fill(value)
}

/** The pixels that the preview shows now. */
export function previewPixels(page: Page): Promise<string> {
  return page.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())
}

/** Waits until `read` gives another value than `before`. */
export async function waitForChange(read: () => Promise<string>, before: string): Promise<void> {
  const end = Date.now() + 60_000
  while ((await read()) === before) {
    if (Date.now() > end) throw new Error('Nothing changed in 60 s.')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Presses download and reads the file. */
export async function download(page: Page): Promise<{ name: string; bytes: Uint8Array }> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ])
  const chunks: Buffer[] = []
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
  return { name: file.suggestedFilename(), bytes: new Uint8Array(Buffer.concat(chunks)) }
}
