// Stored models that went wrong on the disk, in a real browser: what the page says, and that its buttons put it right.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openJournal } from '../../src/storage/journal'
import { buildTinyPage } from './support/build-page'
import { card, dialog, downloadFrom, press, row } from './support/models-dialog'
import { servePage } from './support/served-page'
import { serveTinyFiles, TINY_FILES, tinyCatalogue, type SlowServer } from './support/tiny-catalogue'
import { settings } from './support/visit'

const MINUTES = 60_000
const TOTAL = [...TINY_FILES.values()].reduce((sum, { length }) => sum + length, 0)

let hub: SlowServer
beforeAll(async () => {
  hub = await serveTinyFiles(1e9)
})
afterAll(() => hub?.close())

const served = servePage(() => buildTinyPage(tinyCatalogue), {
  mayReach: (url) => url.startsWith(hub.url),
})

async function arrive(): Promise<Page> {
  const { page } = await served.visit()
  page.setDefaultTimeout(2 * MINUTES)
  await settings(page).waitFor()
  await row(page).click()
  await dialog(page).waitFor()
  return page
}

async function reopen(page: Page): Promise<void> {
  await page.reload()
  await row(page).click()
  await dialog(page).waitFor()
}

/** Where the store keeps its files, and its largest file there. */
const STORE = `
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope')
  const files = await root.getDirectoryHandle('files')
  let [largest, size] = ['', 0]
  for await (const [name, handle] of files.entries()) {
    const bytes = (await handle.getFile()).size
    if (bytes > size) [largest, size] = [name, bytes]
  }
  const rewrite = async (name, data, options, position = 0) => {
    const writable = await (await files.getFileHandle(name)).createWritable(options)
    await writable.write({ type: 'write', position, data })
    await writable.close()
  }`
const inStore = (page: Page, work: string): Promise<unknown> =>
  page.evaluate(`(async () => {${STORE}\n${work}})()`)

const removeLargest = (page: Page): Promise<unknown> => inStore(page, 'await files.removeEntry(largest)')
const damageLargest = (page: Page): Promise<unknown> =>
  inStore(page, 'await rewrite(largest, new Uint8Array([1, 2, 3]), { keepExistingData: true }, 5_000_000)')

/** Writes to the journal of the largest file what only a newer version knows. */
async function appendUnknown(page: Page): Promise<void> {
  const read =
    "return Array.from(new Uint8Array(await (await (await files.getFileHandle(largest + '.journal')).getFile()).arrayBuffer()))"
  let bytes = Uint8Array.from((await inStore(page, read)) as number[])
  const { journal } = openJournal<object>({
    size: () => bytes.length,
    read: () => bytes,
    write: (_at, line) => void (bytes = Uint8Array.from([...bytes, ...line])),
    truncate: () => undefined,
    flush: () => undefined,
    close: () => undefined,
  })
  journal.append({ type: 'moved' })
  await inStore(page, `await rewrite(largest + '.journal', Uint8Array.from([${bytes.join()}]), {})`)
}

it(
  'a model whose file is gone is resumed, one that is damaged is checked, and each comes whole',
  async () => {
    const page = await arrive()
    await downloadFrom(page, hub.url)
    await card(page).getByText('In this browser').waitFor()

    await removeLargest(page)
    await reopen(page)
    await card(page)
      .getByText(/^Paused at \d+ % of/)
      .waitFor()
    expect(await card(page).getByRole('button', { name: 'Use', exact: true }).count()).toBe(0)
    await press(page, 'Resume')
    await card(page).getByText('In this browser').waitFor()

    await damageLargest(page)
    await reopen(page)
    await card(page).getByText('In this browser').waitFor() // sizes are right: only a check can know
    await card(page).getByText('Files and sources').click()
    const before = hub.sent
    await press(page, 'Check the files')
    await dialog(page).getByText('was checked: every byte is correct.').waitFor()
    expect(hub.sent - before).toBeGreaterThan(0)
    expect(hub.sent - before).toBeLessThan(TOTAL / 10) // the damaged piece alone
    await press(page, 'Use')
    await page.getByText('832 × 480, 5.1 s, 50 steps').waitFor()
  },
  8 * MINUTES,
)

it(
  'a model of a newer version says so, disturbs no other, and is fetched again or deleted',
  async () => {
    const page = await arrive()
    await downloadFrom(page, hub.url)
    await card(page).getByText('In this browser').waitFor()
    for (const way of ['Resume', 'Delete']) {
      await appendUnknown(page)
      await reopen(page)
      await card(page).getByText('It was stored by a newer version of Zoetrope.').waitFor()
      expect(await dialog(page).getByText('Comes with this page').count()).toBe(1) // the bundled one
      await press(page, way)
      if (way === 'Resume') await card(page).getByText('In this browser').waitFor()
      else
        await page
          .getByRole('dialog', { name: /^Delete/ })
          .getByRole('button', { name: 'Delete' })
          .click()
    }
    await card(page).getByText('Not downloaded yet').waitFor()
  },
  8 * MINUTES,
)
