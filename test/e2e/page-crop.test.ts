// What the clip shows of its picture, before it is made.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { seriousProblems } from './support/axe'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { openSettings, settings } from './support/visit'

const served = servePage(buildFakePage)

/** A picture three wide and four high. */
async function chooseTall(page: Page): Promise<void> {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(300, 400)
    const context = canvas.getContext('2d')!
    context.fillStyle = 'teal'
    context.fillRect(0, 0, 300, 400)
    context.fillStyle = 'gold'
    context.fillRect(60, 20, 180, 120)
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]
  })
  await page
    .locator('input[type=file][accept="image/*"]')
    .setInputFiles({ name: 'tall.png', mimeType: 'image/png', buffer: Buffer.from(bytes) })
  await page.locator('.crop-picture img').waitFor()
}

/** Left, top, width and height of the frame in the picture, in per cent. */
const frame = (page: Page): Promise<number[]> =>
  page.locator('.crop-frame').evaluate((element) => {
    const { left, top, width, height } = (element as HTMLElement).style
    return [left, top, width, height].map((side) => Math.round(Number.parseFloat(side)))
  })

it('shows the part that the clip shows, and offers sizes for the whole picture', async () => {
  const { page } = await served.visit('?model=models/pictures/')
  await settings(page).waitFor()
  await chooseTall(page)
  const caption = page.locator('.crop figcaption')
  await openSettings(page)
  await page.getByRole('button', { name: /128 × 96/ }).click()
  await caption
    .getByText('The clip shows 56 % of the picture; the rest is cut off at the top and bottom.')
    .waitFor()
  expect(await frame(page)).toEqual([0, 22, 100, 56])

  const sizes = page.getByRole('group', { name: 'Sizes that fit the picture' })
  const whole = sizes.getByRole('button', { name: /96 × 128/ })
  await whole.focus()
  await page.keyboard.press('Enter')
  await caption.getByText('The clip shows the whole picture.').waitFor()
  expect(await frame(page)).toEqual([0, 0, 100, 100])
  expect(await whole.getAttribute('aria-pressed')).toBe('true')
  expect(await page.getByLabel('Width', { exact: true }).inputValue()).toBe('96')
  await sizes.getByRole('button', { name: 'Reset Size' }).click()
  expect(await page.getByLabel('Height', { exact: true }).inputValue()).not.toBe('128')
})

it.each(['light', 'dark'] as const)('stands on a narrow screen, %s, and is heard', async (colorScheme) => {
  const { page } = await served.visit('?model=models/pictures/', {
    colorScheme,
    viewport: { width: 360, height: 740 },
  })
  await settings(page).waitFor()
  await chooseTall(page)
  expect(await page.locator('.crop figcaption').getAttribute('aria-live')).toBe('polite')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  const box = (await page.locator('.crop-picture').boundingBox())!
  expect(box.width / box.height).toBeCloseTo(3 / 4, 1)
  expect(await seriousProblems(page)).toEqual([])
})
