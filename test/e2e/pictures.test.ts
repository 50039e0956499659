// Pictures through a real browser's decoder: upright, on white, in the same colours, and nothing kept of them but
// pixels.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
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

async function open(bytes: readonly number[], name: string): Promise<Opened | string> {
  const { page, close } = await visit(browser, server.url)
  await page.waitForFunction(() => 'readPicture' in globalThis)
  const opened = await page.evaluate(([given, called]) => globalThis.readPicture(given, called), [
    bytes,
    name,
  ] as const)
  await close()
  return opened
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

  it('stands upright as its camera says, and keeps nothing of where it was taken', async () => {
    const opened = await openFile('turned.jpg')
    expect([opened.width, opened.height]).toEqual([16, 24])
    expectColour(opened, 12, 4, RED)
    expectColour(opened, 12, 20, BLUE)
    expectColour(opened, 1, 12, WHITE)
    expect(Buffer.from(bytesOf('turned.jpg')).includes('Exif')).toBe(true)
    expect(Buffer.from(opened.kept).includes('Exif')).toBe(false)
    expect(Buffer.from(opened.kept).includes('eXIf')).toBe(false)
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
