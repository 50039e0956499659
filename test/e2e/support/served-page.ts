// A page for a file of tests: built, served and put into a browser once. Every visit to it is watched, and closed.
import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchBrowser } from '../../../src/cli/browser'
import { serveFolder, type Served } from '../../../src/cli/serve'
import { visit, type Visit, type VisitOptions } from './visit'

export interface ServedPage {
  /** Of the built files. */
  readonly folder: string
  /** Ends in a slash. */
  readonly url: string
  readonly browser: Browser
  /** The last visit of this test. */
  readonly current: Visit
  /** @param address of its own, or behind the page's: "?model=x" */
  visit(address?: string, options?: VisitOptions): Promise<Visit>
}

export interface Watch {
  /** Other hosts that the page may reach; none unless given. */
  mayReach?(url: string): boolean
  /** Of tests that break the page on purpose: its complaints, and hosts that it tries to reach, are left to them. */
  isBroken?: boolean
}

/** @param build makes the page in a folder, which is removed at the end */
export function servePage(
  build: () => Promise<string>,
  { mayReach = () => false, isBroken = false }: Watch = {},
): ServedPage {
  let folder: string
  let server: Served
  let browser: Browser
  let current: Visit | undefined

  beforeAll(async () => {
    folder = await build()
    server = await serveFolder({ root: folder })
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    if (folder) rmSync(folder, { recursive: true })
  })

  afterEach(async () => {
    const last = current
    current = undefined
    await last?.close()
    if (isBroken) return
    expect(last?.complaints ?? []).toEqual([])
    expect((last?.foreign ?? []).filter((url) => !mayReach(url))).toEqual([])
  })

  return {
    get folder() {
      return folder
    },
    get url() {
      return server.url
    },
    get browser() {
      return browser
    },
    get current() {
      if (current === undefined) throw new Error('This test has not visited the page yet.')
      return current
    },
    async visit(address = '', options = {}) {
      current = await visit(browser, new URL(address, server.url).href, options)
      return current
    },
  }
}
