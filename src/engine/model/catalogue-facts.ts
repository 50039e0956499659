// Facts of the catalogue's models, in the form of a manifest's.
import { catalogueEntry } from '../../catalogue/catalogue'
import { WAN21_PREVIEW, WAN22_PREVIEW } from './latent-preview'
import type { ModelCardFacts } from './manifest'

/** A published model by its id in the catalogue. */
export function published(id: string): ModelCardFacts {
  const entry = catalogueEntry(id)
  if (!entry) throw new Error(`The catalogue has no ${id}.`)
  const { title, licence, defaults, sizes } = entry
  return {
    id,
    name: title,
    licence,
    defaults,
    sizes: sizes.map(({ width, height }) => [width, height] as const),
    latentPreview: /2\.2-ti2v/.test(id) ? WAN22_PREVIEW : WAN21_PREVIEW,
  }
}
