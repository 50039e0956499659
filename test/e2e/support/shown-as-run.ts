// The memory that the page shows before a run, against what the run reports as planned.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { en } from '../../../src/ui/text/en'

/** Waits until the form, which still asks for the clip that was made last, is planned as that was. */
export async function shownAsRun(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const { plan, clip, job } = zoetrope.get()
    return job === undefined && plan?.peakBytes === clip?.result.plannedGpuBytes
  })
  const planned = await page.evaluate(() => zoetrope.get().plan!.peakBytes)
  expect(await page.locator('.line.estimate').textContent()).toContain(en.estimate.memory(en.bytes(planned)))
}
