import { CHOICE_NAMES, readChoices } from '../protocol/engine-choices'
import type { OpenRequest } from '../protocol/model-source'

/** A server might take them for a way up, after the browser has not. */
const HIDDEN_STEPS = /%(2e|2f|5c)/i

/**
 * What the page's address asks for: `?model=` is a folder below the page's own, the bundled one otherwise; `?weights=`,
 * `?memory=` and `?activations=` as on the command line. Whoever makes a link must not choose what is fetched from
 * elsewhere.
 * @throws where the model lies elsewhere, or a value is none
 */
export function requestOf(page: string): OpenRequest {
  const { searchParams, origin } = new URL(page)
  const folder = searchParams.get('model') ?? 'models/mini/'
  const home = new URL('.', page)
  home.search = home.hash = ''
  const url = new URL(folder, home)
  if (url.origin !== origin)
    throw new Error(`Models are loaded from ${origin} only; "${folder}" is on ${url.origin}.`)
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  if (!url.href.startsWith(home.href) || HIDDEN_STEPS.test(url.pathname))
    throw new Error(`Models are loaded from folders below ${home.href} only; "${folder}" is not one.`)
  const choices = readChoices(
    Object.fromEntries(CHOICE_NAMES.map((name) => [name, searchParams.get(name) ?? undefined])),
  )
  return { model: { kind: 'url', url: url.href }, ...choices }
}

/** The address says which model, or how: that counts more than what was chosen last. */
export function isAddressed(page: string): boolean {
  const { searchParams } = new URL(page)
  return ['model', ...CHOICE_NAMES].some((name) => searchParams.has(name))
}
