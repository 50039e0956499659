// A model whose file is moved, replaced or taken away under the page, between two visits and in the middle of a run.
// The files of "the disk" lie in the origin's own file system: their handles are kept and read as those of a picker,
// which no script can answer.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildTinyPage } from '../support/build-page'
import { card, dialog, downloadFrom, press, row } from '../support/models-dialog'
import { servePage } from '../support/served-page'
import { shownWords, type ShownWords } from '../support/shown-words'
import { generate } from '../support/studio'
import { serveTinyFiles, SMALL_FILES, tinyCatalogue, type SlowServer } from '../support/tiny-catalogue'
import { fillSettings, openSettings, settings, writePrompt } from '../support/visit'

const MINUTES = 60_000

let hub: SlowServer
beforeAll(async () => {
  hub = await serveTinyFiles(1e9)
})
afterAll(() => hub?.close())

const served = servePage(() => buildTinyPage(tinyCatalogue), { isBroken: true })

/** What the picker gives from now on: the files of the disk, which are first written there. */
async function fillDisk(page: Page): Promise<void> {
  const files = [...SMALL_FILES].map(
    ([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const,
  )
  await page.evaluate(async (given) => {
    const root = await navigator.storage.getDirectory()
    const disk = await root.getDirectoryHandle('disk', { create: true })
    for (const [name, text] of given) {
      const writable = await (await disk.getFileHandle(name, { create: true })).createWritable()
      await writable.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))
      await writable.close()
    }
  }, files)
}

const PICKER = () => {
  window.showOpenFilePicker = async () => {
    const disk = await (await navigator.storage.getDirectory()).getDirectoryHandle('disk')
    const handles: FileSystemFileHandle[] = []
    for await (const handle of disk.values()) handles.push(handle as FileSystemFileHandle)
    return handles
  }
}

/** Runs in the page, with `folder` and the largest file there. */
const onDisk = (page: Page, path: readonly string[], work: string): Promise<unknown> =>
  page.evaluate(`(async () => {
    let folder = await navigator.storage.getDirectory()
    for (const name of ${JSON.stringify(path)}) folder = await folder.getDirectoryHandle(name)
    let [largest, size] = ['', 0]
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind !== 'file') continue
      const bytes = (await handle.getFile()).size
      if (bytes > size) [largest, size] = [name, bytes]
    }
    ${work}
  })()`)

const REMOVE = 'await folder.removeEntry(largest)'
const CUT = `const writable = await (await folder.getFileHandle(largest)).createWritable({ keepExistingData: true })
  await writable.truncate(size >> 1)
  await writable.close()`

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(2 * MINUTES)
  await page.goto(served.url)
  return page
}

async function begin(): Promise<{ context: BrowserContext; words: ShownWords }> {
  const { context, page } = await served.visit()
  await page.close()
  await context.addInitScript(PICKER)
  return { context, words: await shownWords(context) }
}

function report(what: string, words: ShownWords): void {
  console.log([`${what}:`, ...words.latest().map((text) => `  ${text}`)].join('\n'))
}

const opened = (page: Page): Promise<void> => page.getByText('832 × 480, 5.1 s, 50 steps').waitFor()
const notice = (page: Page) => page.getByRole('alert')
const choose = (page: Page): Promise<void> =>
  dialog(page).getByRole('button', { name: 'Use files from disk…' }).click()

/** Works on files while no page has them open. */
async function between(context: BrowserContext, path: readonly string[], work: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(new URL('manifest.webmanifest', served.url).href)
  await onDisk(page, path, work)
  await page.close()
  return open(context)
}

// A file of the same size whose time of change is another is left to the unit tests: this file system tells no change.
it(
  'a file of the disk that was moved or cut between two visits is reported, and chosen again',
  async () => {
    const { context, words } = await begin()
    let page = await open(context)
    await settings(page).waitFor()
    await fillDisk(page)
    await row(page).click()
    await choose(page)
    await opened(page)
    for (const [what, work, sentence] of [
      ['moved away', REMOVE, /cannot be read: a file was moved or deleted since\. Choose the files again\./],
      ['cut', CUT, /^wan_2\.1_vae\.safetensors is not the file that was chosen: it was changed since\./],
    ] as const) {
      await page.reload()
      await opened(page) // by itself
      await page.close()
      words.latest()
      page = await between(context, ['disk'], work)
      await notice(page)
        .getByText(/could not be opened$/)
        .waitFor()
      expect(await notice(page).locator('p').first().innerText()).toMatch(sentence)
      report(`a file of the disk was ${what}`, words)
      expect(await page.evaluate(() => zoetrope.get().engine)).toBeUndefined() // no other model in its place
      await notice(page).getByRole('button', { name: 'Choose the files again' }).click()
      await dialog(page).waitFor()
      await fillDisk(page)
      await choose(page)
      await opened(page)
      report('Choose the files again', words)
    }
    await page.reload()
    await opened(page)
    await page.close()
  },
  8 * MINUTES,
)

it(
  'a stored model of which a file was removed or cut between two visits is reported, and completed',
  async () => {
    const { context, words } = await begin()
    let page = await open(context)
    await settings(page).waitFor()
    await row(page).click()
    await downloadFrom(page, hub.url)
    await card(page).getByText('In this browser').waitFor()
    await press(page, 'Use')
    await opened(page)
    for (const [what, work] of [
      ['removed', REMOVE],
      ['cut', CUT],
    ] as const) {
      await page.close()
      words.latest()
      page = await between(context, ['zoetrope', 'files'], work)
      await notice(page).getByText('Resume its download to fetch what is missing.').waitFor()
      report(`a stored file was ${what}`, words)
      await notice(page).getByRole('button', { name: 'Choose a model' }).click()
      await card(page)
        .getByText(/^Paused at/)
        .waitFor()
      report('Choose a model', words)
      await press(page, 'Resume')
      await card(page).getByText('In this browser').waitFor()
      await card(page).getByText('In use').waitFor()
      await page.keyboard.press('Escape')
      await opened(page) // by itself, once it is whole
      report('Resume', words)
    }
    await page.close()
  },
  8 * MINUTES,
)

/** Real files of this machine, as a browser without a picker of its own gives them. */
async function chooseReal(page: Page, folder: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), choose(page)])
  await chooser.setFiles([...SMALL_FILES.keys()].map((name) => join(folder, name)))
}

it(
  'a run whose file is moved away or changed in the middle goes on when the file is chosen again',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zoetrope-moved-'))
    for (const [name, bytes] of SMALL_FILES) writeFileSync(join(folder, name), bytes)
    const vae = join(folder, 'wan_2.1_vae.safetensors')
    const away = `${vae}.away`
    const { context, words } = await begin()
    const page = await open(context)
    try {
      await page.evaluate(() => Object.assign(window, { showOpenFilePicker: undefined }))
      await settings(page).waitFor()
      await row(page).click()
      await chooseReal(page, folder)
      await opened(page)
      await openSettings(page)
      await fillSettings(page, { Width: '48', Height: '32', Frames: '5', Steps: '15' })
      await page.getByLabel('random').uncheck()
      await page.getByLabel('Seed', { exact: true }).fill('42')
      await writePrompt(page, 'a red ball')
      const clips = (): Promise<number> => page.getByRole('button', { name: 'Show a red ball' }).count()
      /** The latents of the next clip, which is on the stage and in the gallery. */
      const made = async (before: number): Promise<string> => {
        await expect.poll(clips, { timeout: 2 * MINUTES }).toBe(before + 1)
        await page.waitForFunction(() => zoetrope.get().job === undefined)
        return page.evaluate(() => zoetrope.get().clip!.result.latentsSha256)
      }
      await generate(page).click()
      const undisturbed = await made(0)
      for (const [before, what] of ['moved away', 'changed'].entries()) {
        words.latest()
        await generate(page).click()
        await page.waitForFunction(() => {
          const { stage, step = 0 } = zoetrope.get().job?.progress ?? {}
          return stage === 'denoise' && step >= 2
        })
        if (what === 'changed') writeFileSync(vae, SMALL_FILES.get('wan_2.1_vae.safetensors')!)
        else renameSync(vae, away)
        await page.getByRole('heading', { name: 'The model was not found' }).waitFor()
        report(`a file was ${what} in a run`, words)
        if (what !== 'changed') renameSync(away, vae)
        await notice(page).getByRole('button', { name: 'Choose a model' }).click()
        await dialog(page).waitFor()
        await chooseReal(page, folder)
        await dialog(page).waitFor({ state: 'detached' })
        const again = page.getByRole('button', { name: 'Try a red ball again' })
        await again.waitFor()
        report('chosen again', words)
        await again.click()
        await page.waitForFunction(() => zoetrope.get().job !== undefined)
        expect(await page.evaluate(() => zoetrope.get().job?.settings.seed)).toBe(42)
        expect(await made(1 + before)).toBe(undisturbed)
        report('Try again', words)
      }
    } finally {
      await page.close()
      rmSync(folder, { recursive: true })
    }
  },
  6 * MINUTES,
)
