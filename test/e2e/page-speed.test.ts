// How the page feels, with a stand-in engine: soon there, and smooth while a clip is made. What else the machine does
// only slows a page down, so the best of a few tries counts.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { buildFakePage } from './support/build-page'
import { makeClip } from './support/studio'
import { servePage } from './support/served-page'
import { settings } from './support/visit'

const TRIES = 4
const INTERACTIVE_MS = 1000
const LONG_TASK_MS = 50
const FRAME_GAP_MS = 100

declare global {
  /** What `watchFrames` has seen. */
  var seen: { longTasks: number[]; gaps: number[] }
}

const served = servePage(buildFakePage)

/** Milliseconds from the navigation until the prompt can be written in. */
function interactiveAt(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          const field = document.getElementById('prompt')
          if (field === null) return void requestAnimationFrame(look)
          field.focus()
          resolve(performance.now())
        }
        look()
      }),
  )
}

it('is there to be written in within a second, on a first visit', async () => {
  const times: number[] = []
  for (let i = 0; i < TRIES && !times.some((time) => time < INTERACTIVE_MS); i++) {
    if (i > 0) await served.current.close()
    const { page } = await served.visit('', { serviceWorkers: 'allow' })
    times.push(await interactiveAt(page))
    await settings(page).waitFor()
  }
  console.log(`interactive after ${times.map((time) => Math.round(time)).join(', ')} ms`)
  expect(Math.min(...times)).toBeLessThan(INTERACTIVE_MS)
})

async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    globalThis.seen = { longTasks: [], gaps: [] }
    new PerformanceObserver((list) =>
      globalThis.seen.longTasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: 'longtask' })
    let last = performance.now()
    const frame = (): void => {
      const now = performance.now()
      globalThis.seen.gaps.push(now - last)
      last = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
}

it('stays smooth while a clip is made, kept and shown', async () => {
  const { page } = await served.visit('', { serviceWorkers: 'allow' })
  await settings(page).waitFor()
  await makeClip(page, 'the first one') // compiles what every further one uses
  const worst: { longTask: number; gap: number }[] = []
  const isSmooth = (): boolean =>
    worst.some(({ longTask, gap }) => longTask <= LONG_TASK_MS && gap <= FRAME_GAP_MS)
  await watchFrames(page)
  for (let i = 0; i < TRIES && !isSmooth(); i++) {
    await page.evaluate(() => (globalThis.seen = { longTasks: [], gaps: [] }))
    await makeClip(page, `a red ball ${i}`)
    const { longTasks, gaps } = await page.evaluate(() => globalThis.seen)
    expect(gaps.length).toBeGreaterThan(30) // or nothing was watched
    worst.push({ longTask: Math.max(0, ...longTasks), gap: Math.max(...gaps) })
  }
  console.log(
    `worst task and frame gap: ${worst.map(({ longTask, gap }) => `${Math.round(longTask)} and ${Math.round(gap)} ms`).join('; ')}`,
  )
  expect(isSmooth(), JSON.stringify(worst)).toBe(true)
})

it('the watch sees what blocks the page (control)', async () => {
  const { page } = await served.visit()
  await settings(page).waitFor()
  await watchFrames(page)
  await page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        setTimeout(() => {
          for (const end = performance.now() + 200; performance.now() < end;);
          setTimeout(resolve, 300)
        }, 50),
      ),
  )
  const { longTasks, gaps } = await page.evaluate(() => globalThis.seen)
  expect(Math.max(0, ...longTasks)).toBeGreaterThan(LONG_TASK_MS)
  expect(Math.max(...gaps)).toBeGreaterThan(FRAME_GAP_MS)
})
