// Pictures through a real browser's decoder: upright, on white, in the same colours, and nothing kept of them but
// pixels.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../src/cli/browser'
import { serveFolder, type Served } from '../../src/cli/serve'
import type { Opened } from './pictures/main'
import { visit } from './support/visit'

const [RED, BLUE, WHITE] = [
  [200, 30, 30],
  [30, 30, 200],
  [255, 255, 255],
] as const
/** What lossy files may be off, of 255. */
const OFF = 24

let folder: string
let server: Served
let browser: Browser

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-pictures-'))
  await build({
    root: fileURLToPath(new URL('pictures', import.meta.url)),
    base: './',
    configFile: false,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
  })
  server = await serveFolder({ root: folder })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  if (folder) rmSync(folder, { recursive: true })
})

const bytesOf = (file: string): number[] => [
  ...readFileSync(fileURLToPath(new URL(`../fixtures/pictures/${file}`, import.meta.url))),
]

async function inPage<T>(work: (page: Page) => Promise<T>): Promise<T> {
  const { page, close } = await visit(browser, server.url)
  await page.waitForFunction(() => 'readPicture' in globalThis)
  const result = await work(page)
  await close()
  return result
}

const open = (bytes: readonly number[], name: string): Promise<Opened | string> =>
  inPage((page) =>
    page.evaluate(([given, called]) => globalThis.readPicture(given, called), [bytes, name] as const),
  )

/** Traces of where a picture was taken, or of any note in it. */
function placesIn(bytes: readonly number[]): string[] {
  const content = Buffer.from(bytes)
  return ['Exif', 'EXIF', 'eXIf', 'GPS', 'tEXt', 'iTXt', 'zTXt', 'XMP'].filter((trace) =>
    content.includes(trace),
  )
}

async function openFile(file: string): Promise<Opened> {
  const opened = await open(bytesOf(file), file)
  if (typeof opened === 'string') throw new Error(opened)
  return opened
}

function expectColour({ width, rgb }: Opened, x: number, y: number, colour: readonly number[]): void {
  const at = (y * width + x) * 3
  for (const [c, wanted] of colour.entries())
    expect(Math.abs(rgb[at + c]! - wanted), `(${x}, ${y})`).toBeLessThanOrEqual(OFF)
}

describe('a picture', () => {
  it.each(['plain.png', 'plain.jpg', 'lossy.webp', 'lossless.webp', 'plain.avif'])(
    'of %s has its size and colours',
    async (file) => {
      const opened = await openFile(file)
      expect([opened.width, opened.height]).toEqual([24, 16])
      expectColour(opened, 4, 4, RED)
      expectColour(opened, 18, 4, BLUE)
      expectColour(opened, 12, 15, WHITE)
    },
  )

  it('stands upright as its camera says', async () => {
    const opened = await openFile('turned.jpg')
    expect([opened.width, opened.height]).toEqual([16, 24])
    expectColour(opened, 12, 4, RED)
    expectColour(opened, 12, 20, BLUE)
    expectColour(opened, 1, 12, WHITE)
  })

  it.each(['turned.jpg', 'extended.webp', 'placed.png'])(
    'of %s is kept without where it was taken, and has the same pixels and hash',
    async (file) => {
      expect(placesIn(bytesOf(file))).not.toEqual([]) // control
      const { kept, rgb, sha256, width, height } = await openFile(file)
      expect(placesIn(kept)).toEqual([])
      expect(await open(kept, 'kept.png')).toEqual({ kept, rgb, sha256, width, height })
    },
  )

  it('is kept as it is where it has nothing but pixels, and without what stands behind its end', async () => {
    const plain = bytesOf('plain.png')
    expect((await openFile('plain.png')).kept).toEqual(plain)
    const opened = await open([...plain, ...bytesOf('turned.jpg')], 'more.png')
    expect(typeof opened === 'string' ? opened : placesIn(opened.kept)).toEqual([])
  })

  it('of a wider colour space is kept in sRGB, with the colours that the clip has', async () => {
    const wide = await inPage((page) => page.evaluate(() => globalThis.makeWidePicture()))
    expect(Buffer.from(wide).includes('iCCP')).toBe(true) // control
    const opened = await open(wide, 'wide.png')
    if (typeof opened === 'string') throw new Error(opened)
    expect(Buffer.from(opened.kept).includes('iCCP')).toBe(false)
    expectColour(opened, 5, 5, [191, 70, 38]) // 0.7, 0.3, 0.2 of Display P3 in sRGB
    expect(Math.abs(opened.rgb[0]! - Math.round(0.7 * 255))).toBeGreaterThan(5)
    expect(await open(opened.kept, 'kept.png')).toMatchObject({ rgb: opened.rgb, sha256: opened.sha256 })
  })

  it('is white where it is transparent', async () => {
    const opened = await openFile('clear.png')
    expectColour(opened, 4, 4, RED)
    expectColour(opened, 18, 4, WHITE)
  })

  it('has one hash in whatever file its pixels are, also in the one that is kept', async () => {
    const plain = await openFile('plain.png')
    expect(plain.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect((await openFile('lossless.webp')).sha256).toBe(plain.sha256)
    const again = await open(plain.kept, 'kept.png')
    expect(again).toMatchObject({ sha256: plain.sha256, rgb: plain.rgb })
    expect((await openFile('clear.png')).sha256).not.toBe(plain.sha256)
  })

  it('is refused with a sentence where it is none, or damaged', async () => {
    expect(await open(bytesOf('plain.gif'), 'photo.gif')).toContain('photo.gif is a GIF')
    expect(await open(bytesOf('plain.avif').slice(0, 300), 'half.avif')).toMatch(
      /^half\.avif begins as AVIF and this browser cannot decode it .*Choose a PNG, JPEG, WebP or AVIF file\.$/,
    )
  })
})
