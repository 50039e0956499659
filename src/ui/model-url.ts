import { readChoices } from '../protocol/engine-choices'
import type { OpenRequest } from '../protocol/model-source'

/**
 * What the page's address asks for: `?model=` is a folder on this site, the bundled one otherwise; `?weights=` and
 * `?memory=` as on the command line.
 * @throws where the model lies elsewhere, or a value is none
 */
export function requestOf(page: string): OpenRequest {
  const { searchParams, origin } = new URL(page)
  const folder = searchParams.get('model') ?? 'models/mini/'
  const url = new URL(folder, page)
  if (url.origin !== origin) throw new Error(`Models are loaded from ${origin} only; "${folder}" is on ${url.origin}.`)
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  const choices = readChoices({ weights: searchParams.get('weights') ?? undefined, memory: searchParams.get('memory') ?? undefined })
  return { model: { kind: 'url', url: url.href }, ...choices }
}

/** The address says which model, or how: that counts more than what was chosen last. */
export function isAddressed(page: string): boolean {
  const { searchParams } = new URL(page)
  return ['model', 'weights', 'memory'].some((name) => searchParams.has(name))
}
