// Files of a model that only some clips need: opened for the first of these, and then at hand.
import type { GenerationSettings } from '../../protocol/settings'
import type { ModelFiles } from './opened'

/** A function that opens once; after a failure it opens again. */
export function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  const begin = (): Promise<T> =>
    open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
  return () => (opened ??= begin())
}

/** The roles of the files that a clip needs besides those that every clip needs. */
function rolesFor(
  { manifest: { live }, weights, later = {} }: ModelFiles,
  { decoder }: Pick<GenerationSettings, 'decoder'>,
  hasPicture: boolean,
  isFilm: boolean,
): string[] {
  const encoder = 'vaeEncoder' in later || 'vaeEncoder' in weights ? 'vaeEncoder' : 'vae'
  return [
    ...(decoder === 'full' ? ['vae'] : []),
    ...(hasPicture ? [encoder] : []),
    ...(isFilm && live ? [live.role] : []),
  ]
}

/** The model with all the files that a clip needs. @throws WeightsError where one cannot be had */
export async function withFilesFor(
  files: ModelFiles,
  settings: Pick<GenerationSettings, 'decoder'>,
  hasPicture: boolean,
  isFilm = false,
): Promise<ModelFiles> {
  const { weights, later = {} } = files
  const opened = await Promise.all(
    rolesFor(files, settings, hasPicture, isFilm).flatMap((role) => {
      const open = later[role]
      return role in weights || !open ? [] : [open().then((file) => [role, file] as const)]
    }),
  )
  return opened.length === 0 ? files : { ...files, weights: { ...weights, ...Object.fromEntries(opened) } }
}
