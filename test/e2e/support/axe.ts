import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResults {
  violations: { id: string; impact: string | null; help: string; nodes: { html: string }[] }[]
}

declare global {
  var axe: { run(options: { resultTypes: string[] }): Promise<AxeResults> } | undefined
}

/**
 * What axe finds serious or critical in the page at rest, as sentences: halfway through a fade every contrast is low.
 */
export async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    for (const animation of document.getAnimations())
      if (animation instanceof CSSTransition) animation.finish()
  })
  if (await page.evaluate(() => globalThis.axe === undefined)) await page.evaluate(source)
  const { violations } = await page.evaluate(() => axe!.run({ resultTypes: ['violations'] }))
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`))
}
