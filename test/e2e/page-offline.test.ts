// The copy of the page that the service worker keeps: what a host lacks, and what a disk damages.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { serveFolder, type Served } from '../../src/cli/serve'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { toast } from './support/studio'
import { settings } from './support/visit'

const served = servePage(buildFakePage)

/** The built page on a host that lacks some of its files. */
async function without(paths: readonly string[], work: (host: Served) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'zoetrope-lacking-'))
  cpSync(served.folder, root, { recursive: true })
  for (const path of paths) rmSync(join(root, path), { recursive: true })
  const host = await serveFolder({ root })
  try {
    await work(host)
  } finally {
    await host.close()
    rmSync(root, { recursive: true })
  }
}

const isReady = (page: Page): Promise<boolean> =>
  page.evaluate(async () => (await navigator.serviceWorker.ready).active !== null)

it('is made without icons and pictures that the host lacks, and works offline', async () => {
  await without(['icons/zoetrope-512.png', 'examples'], async (host) => {
    const { page, context, complaints } = await served.visit(host.url, { serviceWorkers: 'allow' })
    await settings(page).waitFor()
    expect(await isReady(page)).toBe(true)
    await context.setOffline(true)
    await page.reload()
    await settings(page).waitFor()
    await page.waitForLoadState('networkidle')
    complaints.length = 0 // the pictures that are missing
  })
})

it('that cannot be made is announced once, and the page works', async () => {
  await without(['models/mini/dit.safetensors'], async (host) => {
    const { page, complaints } = await served.visit(host.url, { serviceWorkers: 'allow' })
    await settings(page).waitFor()
    await toast(page).getByText('This page could not be stored for offline use').waitFor({ timeout: 60_000 })
    complaints.length = 0 // the file that is missing
  })
})

it('heals: a script and a picture that were damaged on the disk are whole at the next visit', async () => {
  const { page, complaints } = await served.visit('', { serviceWorkers: 'allow' })
  await settings(page).waitFor()
  expect(await isReady(page)).toBe(true)
  const damaged = await page.evaluate(async () => {
    const found: string[] = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        if (!/\/(gallery-room-[^/]*\.js|zoetrope-192\.png)/.test(request.url)) continue
        found.push(request.url)
        await cache.put(request, new Response('damaged'))
      }
    }
    return found
  })
  expect(damaged).toHaveLength(2)
  await page.reload()
  const kept = (): Promise<(string | undefined)[]> =>
    page.evaluate((urls) => Promise.all(urls.map(async (url) => (await caches.match(url))?.text())), damaged)
  expect(await kept()).toEqual(['damaged', 'damaged'])
  await expect.poll(async () => (await kept()).includes('damaged'), { timeout: 60_000 }).toBe(false)
  complaints.length = 0 // what was damaged did not load
  await page.reload()
  await page.getByRole('link', { name: /^Gallery/ }).click()
  await page.getByRole('heading', { name: 'Gallery' }).waitFor()
})
