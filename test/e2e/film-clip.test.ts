// A clip of a model that is causal itself is a film of the clip's length: it says how far it is, keeps what was made
// where it is stopped, and outlives a page that closes.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { buildTinyPage } from './support/build-page'
import { inspectBoxes } from './support/inspect-mp4'
import { servePage } from './support/served-page'
import { startClip } from './support/studio'
import { download, openSettings } from './support/visit'

const served = servePage(() => buildTinyPage(undefined, 'itself'))

const MINUTES = 60_000
/** More than twice the latent frames of the model's window. */
const FRAMES = 49

async function untilFrame(page: Page, frame: number): Promise<void> {
  await page.waitForFunction((least) => {
    const progress = zoetrope.get().job?.progress
    return progress?.stage === 'denoise' && progress.step >= least
  }, frame)
}

it(
  'a clip that is stopped ends with whole chunks, and one that a closed page interrupts is kept',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(2 * MINUTES)
    await openSettings(page)
    await page.getByLabel('Frames', { exact: true }).fill(String(FRAMES))
    await startClip(page, 'a red ball')
    await untilFrame(page, 5)
    await page.getByRole('button', { name: 'Stop and keep' }).click()
    await page.locator('video').waitFor()
    const { frames } = inspectBoxes((await download(page)).bytes)
    expect(frames).toBeLessThan(FRAMES)
    expect(frames % 4).toBe(1)
    await page
      .getByText(`Stopped after frame ${frames} of ${FRAMES}, and kept as far as it was made.`)
      .waitFor()

    await startClip(page, 'a green fish')
    await untilFrame(page, 21)
    await page.reload()
    await page.getByText('The film that was being made when the page closed has been kept.').waitFor()
    await page.getByRole('button', { name: 'Show a green fish' }).first().waitFor()
  },
  5 * MINUTES,
)
