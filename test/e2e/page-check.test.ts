// The self-check, on the browser's real GPU adapter: what is right, what is not, and what can be passed on.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { seriousProblems } from './support/axe'
import { buildFakePage } from './support/build-page'
import { servePage } from './support/served-page'
import { settings } from './support/visit'

const GOLDENS = 'check/goldens.safetensors'

const served = servePage(buildFakePage)

const verdict = (page: Page) => page.locator('.check-verdict')
const row = (page: Page, name: RegExp) => page.getByRole('row', { name })

it('is reached from Help, finds everything right, and gives a report and a line to share', async () => {
  const { page, own } = await served.visit('', {
    permissions: ['clipboard-read', 'clipboard-write'],
    serviceWorkers: 'allow',
  })
  await settings(page).waitFor()
  expect(own.some((url) => url.endsWith(GOLDENS))).toBe(false)
  await page.getByRole('button', { name: 'Help' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Check this GPU' }).click()
  await page.getByRole('heading', { name: 'Self-check' }).waitFor()
  await page.getByRole('button', { name: 'Check this GPU' }).click()
  await verdict(page)
    .getByText(/^All results are correct to within \d\.\de-\d\.$/)
    .waitFor({ timeout: 200_000 })
  for (const name of [/^linear q4/, /^attention/, /^causal_conv3d/, /^umT5/, /^DiT/, /^VAE/])
    expect(await row(page, name).getByRole('cell').last().textContent()).toContain('correct')
  await page.getByRole('button', { name: 'Copy report' }).click()
  const report = await page.evaluate(() => navigator.clipboard.readText())
  expect(report.split('\n').length).toBeGreaterThan(15)
  expect(report).toMatch(/right {2}attention, \w+ {2}\d\.\de-\d+ \(at most/)
  await page.getByRole('button', { name: 'Copy one line to share' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^Zoetrope \d\S* · .+ · [\d.e+-]+ TFLOP\/s in f\d\d · \d+ checks, right to \d\.\de-\d+$/,
  )
  expect(await seriousProblems(page)).toEqual([])
})

it('names what is wrong, by "?check" and in Chinese too, and can be given up', async () => {
  const bytes = readFileSync(join(served.folder, GOLDENS))
  const header = Number(bytes.readBigUInt64LE(0))
  const names = JSON.parse(bytes.subarray(8, 8 + header).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >
  const [from, to] = names['attention']!.data_offsets
  for (let at = 8 + header + from; at < 8 + header + to; at += 4) bytes.writeFloatLE(0.5, at)
  const { page } = await served.visit('?check', {
    locale: 'zh-CN',
    before: (page) =>
      page.context().route(`**/${GOLDENS}`, (route) => route.fulfill({ body: bytes, status: 200 })),
  })
  await page.getByRole('button', { name: '检查这块显卡' }).click()
  await row(page, /^attention/).waitFor({ timeout: 200_000 })
  await page.getByRole('button', { name: '取消' }).click()
  expect(await row(page, /^attention/).textContent()).toContain('错误')
  expect(await row(page, /^linear f16/).textContent()).toContain('正确')
  await page.getByRole('button', { name: '检查这块显卡' }).click()
  await verdict(page)
    .getByText(/^这块显卡算错了：attention, \w+。$/)
    .waitFor({ timeout: 200_000 })
  expect(await row(page, /^DiT/).textContent()).toContain('正确')
})
