// A clip of a model that is causal itself, in a real browser: it comes chunk by chunk, so that it can be stopped and kept,
// and is not lost with its page.
import { expect, it } from 'vitest'
import { buildTinyPage } from './support/build-page'
import { inspectBoxes } from './support/inspect-mp4'
import { servePage } from './support/served-page'
import { startClip } from './support/studio'
import { download, openSettings, settings } from './support/visit'

const served = servePage(() => buildTinyPage(undefined, 'itself'))

const MINUTES = 60_000
const FRAMES = 81

it(
  'is stopped and kept, and what a closed page leaves of it plays',
  async () => {
    const { page } = await served.visit()
    page.setDefaultTimeout(5 * MINUTES)
    page.on('dialog', (dialog) => void dialog.accept())
    await settings(page).waitFor()
    await openSettings(page)
    await page.getByLabel('Frames', { exact: true }).fill(`${FRAMES}`)
    await startClip(page, 'a red ball')
    await page.getByRole('button', { name: 'Stop and keep' }).click()
    await page.locator('video').waitFor()
    const kept = inspectBoxes((await download(page)).bytes)
    expect(kept.frames).toBeLessThan(FRAMES)
    expect(kept.frames % 4).toBe(1) // whole chunks
    const note = `Stopped after frame ${kept.frames} of ${FRAMES}, and kept as far as it was made.`
    await page.getByText(note).waitFor()

    await startClip(page, 'a green fish')
    await page.waitForFunction(() => (zoetrope.get().job?.progress?.step ?? 0) > 20)
    await page.reload()
    await page.getByText('A film that was being made when the page closed was kept.').waitFor()
    await page.getByRole('button', { name: 'Show a green fish' }).click()
    const rescued = inspectBoxes((await download(page)).bytes)
    console.log(`stopped at ${kept.frames} frames; ${rescued.frames} left by a closed page`)
    expect(rescued.frames).toBeGreaterThanOrEqual(16)
    expect(rescued.frames).toBeLessThan(FRAMES)
  },
  12 * MINUTES,
)
