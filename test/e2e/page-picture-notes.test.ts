// Where a picture was taken is not kept, by whatever road it comes onto the page.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { notesIn, storedFiles } from './support/stored'
import { dropFile, makeClip, startClip } from './support/studio'
import { settings } from './support/visit'

const MODEL = '?model=models/pictures/'
const served = servePage(buildFakePage)
const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, '../fixtures/pictures', name))

const slot = (page: Page) => page.locator('.begins-with img')

async function kept(page: Page): Promise<{ pictures: number; notes: string[] }> {
  const files = await storedFiles(page)
  return {
    pictures: files.filter(({ bytes }) => bytes.subarray(1, 4).toString() === 'PNG').length,
    notes: files.flatMap(({ name, bytes }) => notesIn(bytes).map((note) => `${name}: ${note}`)),
  }
}

const ROADS: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  picked: (page) =>
    page
      .locator('input[type=file][accept="image/*"]')
      .setInputFiles({ name: 'turned.jpg', mimeType: 'image/jpeg', buffer: fixture('turned.jpg') }),
  dropped: (page) => dropFile(page, 'placed.png', fixture('placed.png'), 'image/png'),
  pasted: (page) =>
    page.evaluate(
      (bytes) => {
        const clipboardData = new DataTransfer()
        clipboardData.items.add(new File([new Uint8Array(bytes)], 'copy.webp', { type: 'image/webp' }))
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
      },
      [...fixture('extended.webp')],
    ),
  async shared(page) {
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await settings(page).waitFor()
    const address = await page.evaluate(
      async (bytes) => {
        const form = new FormData()
        form.set('picture', new File([new Uint8Array(bytes)], 'shared.jpg', { type: 'image/jpeg' }))
        return (await fetch('share', { method: 'POST', body: form })).url
      },
      [...fixture('turned.jpg')],
    )
    await page.goto(`${address}&${MODEL.slice(1)}`)
  },
}

it.each(Object.keys(ROADS))('nothing but the pixels is kept of a picture that is %s', async (road) => {
  const { page } = await served.visit(MODEL, { serviceWorkers: road === 'shared' ? 'allow' : 'block' })
  await settings(page).waitFor()
  await ROADS[road]!(page)
  await slot(page).waitFor()
  await expect.poll(() => kept(page)).toEqual({ pictures: 1, notes: [] })
})

it('nor in the queue, beside a clip, or in a backup', async () => {
  expect(notesIn(fixture('turned.jpg'))).toEqual(['Exif']) // control
  const { page } = await served.visit(MODEL)
  await settings(page).waitFor()
  await ROADS['picked']!(page)
  await slot(page).waitFor()
  await makeClip(page, 'a red ball')
  await startClip(page, 'a slow blue boat')
  // Of the form, of the clip in the gallery, and of the video in the queue; the clip's still is a WebP.
  await expect.poll(async () => (await kept(page)).pictures).toBeGreaterThanOrEqual(3)
  expect((await kept(page)).notes).toEqual([])
  await page.getByRole('button', { name: 'Help' }).click()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Back up all clips' }).click(),
  ])
  const zip = readFileSync(await file.path())
  expect(zip.includes('/picture')).toBe(true)
  expect(notesIn(zip)).toEqual([])
})

const CONTROL = '?model=models/control/'
const jpeg = (name: string) => ({ name, mimeType: 'image/jpeg', buffer: fixture('turned.jpg') })

it('nor of the files of a control, where they are kept beside a clip or in the queue', async () => {
  const { page } = await served.visit(CONTROL)
  await settings(page).waitFor()
  const panel = page.locator('.control-panel')
  await page.getByLabel('End with a picture').setInputFiles(jpeg('shore.jpg'))
  await panel.locator('summary').click()
  await page.getByLabel('Choose a video or a picture').setInputFiles(jpeg('bay.jpg'))
  await page.getByLabel('Choose a mask').setInputFiles(jpeg('mask.jpg'))
  await page.getByLabel('Add a reference picture').last().setInputFiles(jpeg('fox.jpg'))
  await makeClip(page, 'a red boat')
  await startClip(page, 'a slow blue boat')
  // Of the form one, of the clip four, and of the video in the queue four.
  await expect.poll(async () => (await kept(page)).pictures).toBe(9)
  expect((await kept(page)).notes).toEqual([])
  const hashes = await page.evaluate(() => {
    const { control, lastImageSha256 } = zoetrope.get().clip!.result
    return [control!.videoSha256, control!.maskSha256, ...control!.referenceSha256!, lastImageSha256]
  })
  // Upright, as `turned.jpg` is shown: the hash is that of the pixels, and bare files keep it.
  expect(new Set(hashes).size).toBe(1)
})

it('what is no picture is refused when it is chosen', async () => {
  const { page } = await served.visit(MODEL)
  await settings(page).waitFor()
  await dropFile(page, 'notes.png', Buffer.from('Dear reader'), 'image/png')
  await page.getByText('notes.png is not a picture that Zoetrope reads.').waitFor()
  expect(await slot(page).count()).toBe(0)
})
