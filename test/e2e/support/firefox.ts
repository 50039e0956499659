// A second engine: Firefox over WebDriver BiDi, its WebGPU (wgpu and Naga) on Mesa's lavapipe.
import { existsSync } from 'node:fs'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { ensureFirefox } from '../../../src/cli/install-browser'

/** Linux builds keep WebGPU behind preferences, and software adapters on a blocklist. */
const PREFERENCES = {
  'dom.webgpu.enabled': true,
  'dom.webgpu.workers.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
}

const LAVAPIPE = ['lvp_icd.json', 'lvp_icd.x86_64.json', 'lvp_icd.aarch64.json'].map(
  (name) => `/usr/share/vulkan/icd.d/${name}`,
)

const MINUTES = 60_000

/** @throws Error where this machine has no Firefox: these tests are not skipped */
export async function launchFirefox(): Promise<Browser> {
  const driver = LAVAPIPE.find((path) => existsSync(path))
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: ensureFirefox(),
    headless: true,
    extraPrefsFirefox: PREFERENCES,
    env: {
      ...process.env,
      XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? '/tmp',
      ...(driver !== undefined && { VK_ICD_FILENAMES: driver }),
    },
    timeout: 3 * MINUTES,
    protocolTimeout: 10 * MINUTES,
  })
}

export interface FirefoxVisit {
  page: Page
  /** Errors of the page. */
  complaints: string[]
}

export async function visitInFirefox(browser: Browser, url: string): Promise<FirefoxVisit> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error instanceof Error ? error.message : String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.setDefaultTimeout(5 * MINUTES)
  await page.goto(url, { waitUntil: 'load' })
  return { page, complaints }
}
