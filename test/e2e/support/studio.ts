// What the tests of the page do again and again, by its own buttons and fields.
import type { Locator, Page } from 'playwright-core'
import { writePrompt } from './visit'

/** While a clip is made, a press so soon after another is the other half of a double click. */
const DOUBLE_MS = 750

export const generate = (page: Page): Locator =>
  page.getByRole('button', { name: /^(Generate|Add to queue)/ })

export async function startClip(page: Page, prompt: string): Promise<void> {
  if (await page.evaluate(() => zoetrope.get().job !== undefined)) await page.waitForTimeout(DOUBLE_MS)
  await writePrompt(page, prompt)
  await generate(page).click()
}

/** Makes a clip and waits until it is on the stage and in the gallery. */
export async function makeClip(page: Page, prompt: string): Promise<void> {
  await startClip(page, prompt)
  await page
    .getByRole('region', { name: 'Result' })
    .getByText(prompt, { exact: true })
    .waitFor({ timeout: 60_000 })
  await page
    .getByRole('button', { name: `Show ${prompt}` })
    .first()
    .waitFor()
}

/** Escape, twice. */
export async function stop(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
}

/** Drops a file on the page as a hand would, but for the hand. */
export async function dropFile(page: Page, name: string, bytes: Uint8Array, type = ''): Promise<void> {
  const carried = await page.evaluateHandle(
    ([called, text, kind]) => {
      const data = new DataTransfer()
      const content = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
      data.items.add(new File([content], called, { type: kind }))
      return data
    },
    [name, Buffer.from(bytes).toString('base64'), type] as const,
  )
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: carried })
  await page.dispatchEvent('body', 'drop', { dataTransfer: carried })
}

/** The text of the message that is shown now. */
export function toast(page: Page): Locator {
  return page.locator('.toast')
}
