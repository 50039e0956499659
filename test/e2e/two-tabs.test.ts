// Two tabs that work at the same time: two engines on one GPU, one store, one gallery.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { buildTinyPage } from './support/build-page'
import { servePage } from './support/served-page'
import { generate } from './support/studio'
import { openSettings, settings, writePrompt } from './support/visit'

const MINUTES = 60_000
const SMALL = { prompt: 'a red ball', seed: 7, width: 32, height: 32, numFrames: 5, numInferenceSteps: 2 }

const served = servePage(buildTinyPage)

interface Made {
  latents: string
  bytes: number[]
}

const make = (page: Page): Promise<Made> =>
  page.evaluate(async (input) => {
    const { latentsSha256: latents, mp4 } = (await zoetrope.generate(input)).result
    return { latents, bytes: [...mp4] }
  }, SMALL)

/** Cancels in the middle; what became of the run. */
const makeAndCancel = (page: Page): Promise<string> =>
  page.evaluate(async (input) => {
    const over = zoetrope.generate({ ...input, numInferenceSteps: 100 }).then(
      () => 'made',
      (error: { code?: string }) => error.code ?? String(error),
    )
    while (zoetrope.get().job?.progress?.stage !== 'denoise')
      await new Promise((resolve) => setTimeout(resolve, 20))
    zoetrope.cancel()
    return over
  }, SMALL)

it(
  'make the same clips as one, byte for byte, and neither hears of what the other cancels or reloads',
  async () => {
    const { page, context } = await served.visit()
    const second = await context.newPage()
    await second.goto(served.url)
    for (const tab of [page, second]) await settings(tab).waitFor({ timeout: 2 * MINUTES })
    const alone = await make(page)
    expect(await make(page)).toEqual(alone) // the same seed, the same file
    const [a, b] = await Promise.all([make(page), make(second)])
    expect([a, b]).toEqual([alone, alone])
    expect(await Promise.all([makeAndCancel(page), make(second)])).toEqual(['cancelled', alone])
    expect(await make(page)).toEqual(alone)

    // What a tab was making when it was reloaded is offered in that tab, and in no other.
    second.on('dialog', (dialog) => void dialog.accept())
    await writePrompt(second, 'a red ball')
    await openSettings(second)
    await second.getByLabel('Steps', { exact: true }).fill('60')
    await generate(second).click()
    await second.waitForFunction(() => (zoetrope.get().job?.progress?.step ?? 0) >= 3)
    await second.reload()
    await second.getByText(/^A run was interrupted at step \d+ of 60\.$/).waitFor({ timeout: MINUTES })
    expect(await page.getByText('A run was interrupted').count()).toBe(0)
    await second.getByRole('button', { name: 'Continue', exact: true }).click()
    await second.waitForFunction(() => zoetrope.get().clip !== undefined && zoetrope.get().job === undefined)
    await second.close()
  },
  8 * MINUTES,
)
