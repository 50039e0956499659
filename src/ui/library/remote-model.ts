import { addressOf, nameOf, type Downloadable } from '../../catalogue/catalogue'
import type { RemoteModel } from '../../protocol/store'

/**
 * What the store is to fetch. A model's files come from several repositories; the transformer's stands for all.
 * @param hasExtras also what the model does without
 */
export function remoteModel(
  { id, files, extras = [] }: Downloadable,
  base?: string,
  hasExtras = false,
): RemoteModel {
  const main = files.find(({ role }) => role === 'dit') ?? files[0]
  if (main === undefined) throw new Error(`${id} has no files to download.`)
  return {
    id,
    repository: main.repository,
    revision: main.revision,
    files: [...files, ...(hasExtras ? extras.map(({ file }) => file) : [])].map((file) => ({
      path: nameOf(file),
      url: addressOf(file, base),
      bytes: file.bytes,
      ...(file.sha256 !== undefined && { sha256: file.sha256 }),
    })),
  }
}
