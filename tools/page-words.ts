// What the page says when a laptop does what laptops do: the tab is closed in each phase of a run, the network goes in a
// download and comes back. `npx tsx tools/page-words.ts`, on the tests' tiny model.
import { rmSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from '../src/cli/browser'
import { serveFolder } from '../src/cli/serve'
import type { Stage } from '../src/protocol/progress'
import { buildTinyPage } from '../test/e2e/support/build-page'
import { card, dialog, downloadFrom, row } from '../test/e2e/support/models-dialog'
import { startClip } from '../test/e2e/support/studio'
import { serveTinyFiles, tinyCatalogue } from '../test/e2e/support/tiny-catalogue'
import { openSettings, settings } from '../test/e2e/support/visit'

const PATIENCE = 300_000
const PHASES: readonly Stage[] = ['encode', 'denoise', 'decode']

const said = (what: string, words: string): void =>
  console.log(`${what}:\n  ${words.trim().split(/\n+/).join('\n  ')}`)

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  await page.goto(url)
  return page
}

/** With its model open. */
async function arrive(context: BrowserContext, url: string): Promise<Page> {
  const page = await open(context, url)
  await settings(page).waitFor()
  return page
}

async function closeIn(context: BrowserContext, url: string, phase: Stage): Promise<void> {
  const page = await arrive(context, url)
  await openSettings(page)
  await page.getByLabel('Steps', { exact: true }).fill('60')
  await page.getByLabel('Frames', { exact: true }).fill('33')
  await startClip(page, `a red ball in ${phase}`)
  await page.waitForFunction((stage) => zoetrope.get().job?.progress?.stage === stage, phase, { polling: 20 })
  const { stage, step, steps } = await page.evaluate(() => zoetrope.get().job!.progress!)
  const closed = page.waitForEvent('close')
  page.on('dialog', (asked) => {
    said('  on closing', `a question of the browser (${asked.type()})`)
    void asked.accept()
  })
  await page.close({ runBeforeUnload: true })
  await closed
  const again = await open(context, url)
  const question = again
    .getByRole('button', { name: 'Continue', exact: true })
    .locator('xpath=ancestor::*[2]')
  await question.waitFor()
  said(`closed in ${stage} ${step} of ${steps}, and opened again`, await question.innerText())
  await again.getByRole('button', { name: 'Discard', exact: true }).click()
  await again.close()
}

async function pullNetwork(context: BrowserContext, url: string): Promise<void> {
  const hub = await serveTinyFiles(1e6)
  try {
    const page = await arrive(context, url)
    await row(page).click()
    await dialog(page).waitFor()
    await downloadFrom(page, hub.url)
    await card(page)
      .getByText(/^\d+ % ·/)
      .waitFor()
    await page.waitForTimeout(2_000)
    await context.setOffline(true)
    for (const seconds of [3, 12]) {
      await page.waitForTimeout(1_000 * seconds)
      said(`${seconds} s without a network`, await card(page).innerText())
    }
    await context.setOffline(false)
    hub.speed = 1e9
    await card(page).getByText('In this browser').waitFor()
    said('with the network again', await card(page).innerText())
  } finally {
    await context.setOffline(false)
    await hub.close()
  }
}

const folder = await buildTinyPage(() => [tinyCatalogue()])
const server = await serveFolder({ root: folder })
const browser = await launchBrowser()
try {
  const context = await browser.newContext({ serviceWorkers: 'block' })
  for (const phase of PHASES) await closeIn(context, server.url, phase)
  await pullNetwork(context, server.url)
} finally {
  await browser.close()
  await server.close()
  rmSync(folder, { recursive: true })
}
