import { addressOf, nameOf, type CatalogueFile, type Downloadable } from '../../catalogue/catalogue'
import type { RemoteFile, RemoteModel } from '../../protocol/store'

function remoteFile(file: CatalogueFile, base: string | undefined): RemoteFile {
  return {
    path: nameOf(file),
    url: addressOf(file, base),
    bytes: file.bytes,
    ...(file.sha256 !== undefined && { sha256: file.sha256 }),
  }
}

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
    files: [
      ...files.map((file) => remoteFile(file, base)),
      ...(hasExtras ? extras.map(({ file }) => ({ ...remoteFile(file, base), isOptional: true })) : []),
    ],
  }
}
