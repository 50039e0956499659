// Licences that forbid commercial use, of files that people bring: named when such a file is opened.
import type { ModelPart } from './parts'

/** Models whose authors' repositories have such a licence, by the names of their files. */
const NAMED: readonly (readonly [name: RegExp, licence: string])[] = [
  [/ti2v.*turbo|turbo.*ti2v/i, 'CC-BY-NC-SA-4.0'],
  [/causvid/i, 'CC-BY-NC-SA-4.0'],
  [/krea[-_ ]?realtime/i, 'CC-BY-NC-SA-4.0'],
]
/** Where files state it: GGUF's key, and that of the model specification. */
const KEYS = ['general.license', 'modelspec.license', 'license', 'licence'] as const
const NON_COMMERCIAL = /(^|[^a-z])nc([^a-z]|$)|non[-_ ]?commercial/i

/** The licence of the file, where it forbids commercial use: as the file itself states, else as its name lets know. */
export function nonCommercialLicence({
  path,
  raw: { metadata },
}: Pick<ModelPart, 'path'> & { readonly raw: Pick<ModelPart['raw'], 'metadata'> }): string | undefined {
  const stated = KEYS.map((key) => metadata[key]).find((text) => text !== undefined && text !== '')
  if (stated !== undefined && NON_COMMERCIAL.test(stated)) return stated.slice(0, 60)
  return NAMED.find(([name]) => name.test(path))?.[1]
}

export function licenceNote(path: string, licence: string): string {
  return `${path} is under the licence ${licence}, which does not allow commercial use.`
}
