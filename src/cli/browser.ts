// Finds a Chromium-family browser and starts it so that WebGPU works, on a GPU or without one.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
]

const PLACES: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ['/opt/google/chrome/chrome', '/opt/microsoft/msedge/msedge', '/snap/bin/chromium'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name]
    return folder === undefined
      ? []
      : [
          join(folder, 'Google/Chrome/Application/chrome.exe'),
          join(folder, 'Microsoft/Edge/Application/msedge.exe'),
        ]
  }),
}

function playwrightsOwn(): string[] {
  try {
    return [chromium.executablePath()]
  } catch {
    return []
  }
}

/** The browser's executable; undefined where this machine has none. `CHROME_PATH` takes precedence. */
export function findBrowser(): string | undefined {
  const named = process.env['CHROME_PATH']
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  const onPath =
    process.platform === 'win32'
      ? []
      : (process.env['PATH'] ?? '')
          .split(delimiter)
          .flatMap((folder) => COMMANDS.map((command) => join(folder, command)))
  return [...onPath, ...(PLACES[process.platform] ?? []), ...playwrightsOwn()].find(existsSync)
}

export const NO_BROWSER =
  'No Chrome, Chromium or Edge was found. Install one, or run: npx playwright-core install chromium. CHROME_PATH can name its executable.'

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

// Linux keeps WebGPU behind a flag.
const WEBGPU = ['--enable-unsafe-webgpu', '--enable-features=Vulkan']
const SOFTWARE = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

/** Milliseconds that a busy machine may take to start a browser or load a page. */
export const PATIENCE = 180_000

export type GpuChoice = 'hardware' | 'software'

export interface LaunchOptions {
  gpu?: GpuChoice
  /** Additional switches, for tests. */
  args?: string[]
}

function launchWith(executablePath: string, gpu: GpuChoice, args: string[]) {
  const isRoot = process.getuid?.() === 0
  return {
    executablePath,
    headless: true,
    timeout: PATIENCE,
    args: [
      ...QUIET,
      ...(isRoot ? ['--no-sandbox'] : []),
      ...(gpu === 'software' ? SOFTWARE : WEBGPU),
      ...args,
    ],
  }
}

/** Of a browser and of one of its profiles. */
interface Launched {
  newPage(): Promise<Page>
  close(): Promise<void>
}

/** Whether WebGPU finds a GPU. Runs on a file's page, which counts as a secure context. */
async function hasAdapter(browser: Launched): Promise<boolean> {
  const page = await browser.newPage()
  try {
    await page.goto(new URL('../../package.json', import.meta.url).href, { timeout: PATIENCE })
    return await page.evaluate(
      async () => 'gpu' in navigator && (await navigator.gpu.requestAdapter()) !== null,
    )
  } finally {
    await page.close()
  }
}

async function onUsableGpu<T extends Launched>(
  { gpu = defaultGpu(), args = [] }: LaunchOptions,
  launch: (options: ReturnType<typeof launchWith>) => Promise<T>,
): Promise<T> {
  const executablePath = findBrowser()
  if (executablePath === undefined) throw new Error(NO_BROWSER)
  const browser = await launch(launchWith(executablePath, gpu, args))
  if (gpu === 'software' || (await hasAdapter(browser))) return browser
  await browser.close()
  return launch(launchWith(executablePath, 'software', args))
}

/** Starts the browser without a window, on the machine's GPU, or on the processor where no GPU is usable. */
export function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  return onUsableGpu(options, (given) => chromium.launch(given))
}

/** A browser that was killed lets go of its profile a moment later. */
const PROFILE_TRIES = 10
const PROFILE_PAUSE_MS = 1_000

/** The same with a profile in a folder: what pages store outlives the browser. */
export function launchProfile(folder: string, options: LaunchOptions = {}): Promise<BrowserContext> {
  return onUsableGpu(options, async (given) => {
    for (let tries = 1; ; tries++) {
      try {
        return await chromium.launchPersistentContext(folder, { ...given, serviceWorkers: 'block' })
      } catch (error) {
        if (tries === PROFILE_TRIES) throw error
        await new Promise((resolve) => setTimeout(resolve, PROFILE_PAUSE_MS))
      }
    }
  })
}

/**
 * Assumes a GPU everywhere but on Linux without a render node. `ZOETROPE_GPU=system` or `swiftshader` decides
 * instead.
 */
function defaultGpu(): GpuChoice {
  const wanted = process.env['ZOETROPE_GPU']
  if (wanted !== undefined && wanted !== '') return wanted === 'system' ? 'hardware' : 'software'
  return process.platform === 'linux' && !existsSync('/dev/dri/renderD128') && !existsSync('/dev/nvidia0')
    ? 'software'
    : 'hardware'
}
