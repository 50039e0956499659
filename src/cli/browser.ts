// Finds a Chromium-family browser and starts it so that WebGPU works, on a GPU or without one.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

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
  'No Chrome, Chromium or Edge was found. Install one, or run: npx playwright-core install chromium. CHROME_PATH may name its executable.'

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

function launch(executablePath: string, gpu: GpuChoice, args: string[]): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    executablePath,
    headless: true,
    timeout: PATIENCE,
    args: [
      ...QUIET,
      ...(isRoot ? ['--no-sandbox'] : []),
      ...(gpu === 'software' ? SOFTWARE : WEBGPU),
      ...args,
    ],
  })
}

/** Whether WebGPU finds a GPU. Runs on a file's page, which counts as a secure context. */
async function hasAdapter(browser: Browser): Promise<boolean> {
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

/** Starts the browser without a window, on the machine's GPU, or on the processor where no GPU is usable. */
export async function launchBrowser({ gpu = defaultGpu(), args = [] }: LaunchOptions = {}): Promise<Browser> {
  const executablePath = findBrowser()
  if (executablePath === undefined) throw new Error(NO_BROWSER)
  const browser = await launch(executablePath, gpu, args)
  if (gpu === 'software' || (await hasAdapter(browser))) return browser
  await browser.close()
  return launch(executablePath, 'software', args)
}

/**
 * Assumes a GPU everywhere but on Linux without a render node. `ZOETROPE_GPU=system` or `swiftshader` decides
 * instead.
 */
export function defaultGpu(): GpuChoice {
  const wanted = process.env['ZOETROPE_GPU']
  if (wanted !== undefined && wanted !== '') return wanted === 'system' ? 'hardware' : 'software'
  return process.platform === 'linux' && !existsSync('/dev/dri/renderD128') && !existsSync('/dev/nvidia0')
    ? 'software'
    : 'hardware'
}
