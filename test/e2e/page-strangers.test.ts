// Links and files of strangers: they fill in the form, and make the page fetch nothing and look for nothing.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { dropFile } from './support/studio'
import { settings, type Visit } from './support/visit'

const served = servePage(buildFakePage)

/** What an attacker wants to know of: a printer, a router, another program of this machine. */
let neighbour: Server
let address: string
let asked: string[]

beforeAll(async () => {
  neighbour = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('{}')
  })
  await new Promise<void>((resolve) => neighbour.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(neighbour.address() as AddressInfo).port}/`
})
afterAll(() => neighbour.close())
beforeEach(() => void (asked = []))

const promptOf = (page: Page) => page.getByLabel('Prompt', { exact: true }).inputValue()
const linkOf = (recipe: object): string =>
  `#recipe=${Buffer.from(JSON.stringify(recipe)).toString('base64url')}`

/** Everything in it that could be an address is one. */
const hostile = (): Record<string, unknown> => ({
  version: 1,
  prompt: `a red ball <img src="${address}image">`,
  model: address,
  image: `${address}picture`,
  imageSha256: address,
  loras: [{ file: `${address}lora` }],
  url: address,
  files: [{ path: 'dit.gguf', url: address }],
  sampler: address,
})

/** Long enough for a request that something would have made. */
const settle = (page: Page) => page.waitForTimeout(1500)

describe('nothing is fetched for', () => {
  it('a link with a recipe', async () => {
    const { page } = await served.visit(linkOf(hostile()))
    await settings(page).waitFor()
    expect(await promptOf(page)).toContain('a red ball <img')
    await settle(page)
    expect(asked).toEqual([])
  })

  it('a dropped recipe', async () => {
    const { page } = await served.visit()
    await settings(page).waitFor()
    await dropFile(page, 'clip.mp4', Buffer.from(JSON.stringify(hostile())), 'video/mp4')
    await page.waitForFunction(() =>
      (document.getElementById('prompt') as HTMLTextAreaElement | null)?.value.includes('a red ball'),
    )
    await settle(page)
    expect(asked).toEqual([])
  })

  it('a prompt that another page shares', async () => {
    const { page } = await served.visit(`?prompt=${encodeURIComponent(String(hostile()['prompt']))}`)
    await settings(page).waitFor()
    await settle(page)
    expect(asked).toEqual([])
  })

  it.each(['model', 'weights', 'memory', 'activations'])(
    '?%s= with the address of a neighbour',
    async (name) => {
      const visits: Visit[] = []
      for (const target of [address, `//${new URL(address).host}/`, address.replace('http:', 'http:\\\\')]) {
        const visit = await served.visit(`?${name}=${encodeURIComponent(target)}`)
        await visit.page.getByRole('alert').waitFor()
        visits.push(visit)
      }
      await settle(served.current.page)
      await Promise.all(visits.map((visit) => visit.close()))
      expect(asked).toEqual([])
    },
  )
})
