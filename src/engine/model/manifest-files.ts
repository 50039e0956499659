// The files that a manifest lists. Alone, so that the command line can read it without the models.
import type { CheckedJson } from '../../weights/sources/checked-json'

export interface ModelFile {
  /** One of the family's roles. */
  readonly role: string
  /** Relative to the manifest, with forward slashes. */
  readonly path: string
  readonly bytes: number
  /** Lower-case hex. Present for every file of a manifest, unknown for raw files. */
  readonly sha256?: string
}

/**
 * The roles of files that only some clips need: the encoder of pictures, the network for streams, and the large decoder
 * of a model that usually decodes by a tiny one.
 */
export function laterRoles({ decoder = 'full' }: { readonly decoder?: 'full' | 'tiny' }): readonly string[] {
  return ['vaeEncoder', 'causalDit', ...(decoder === 'tiny' ? ['vae'] : [])]
}

/**
 * The `files` of a manifest: every one of `needed`, and no other role than those of `known`, where that is given.
 * @throws WeightsError
 */
export function parseFiles(
  at: CheckedJson,
  needed: readonly string[],
  known?: readonly string[],
): ModelFile[] {
  const files = at.items().map((item) => ({
    role: known ? item.get('role').oneOf(known) : item.get('role').text(),
    path: item
      .get('path')
      .text(/^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)*$/, 'a relative path of letters, digits, "_", "-", "." and "/"'),
    bytes: item.get('bytes').integer(1, Number.MAX_SAFE_INTEGER),
    sha256: item.get('sha256').text(/^[0-9a-f]{64}$/, '64 digits of lower-case hex'),
  }))
  if (new Set(files.map(({ role }) => role)).size < files.length) throw at.error('a list with each role once')
  if (new Set(files.map(({ path }) => path)).size < files.length) throw at.error('a list with each path once')
  const missing = needed.find((role) => !files.some((file) => file.role === role))
  if (missing) throw at.error(`a list with a file of role "${missing}"`)
  return files
}
