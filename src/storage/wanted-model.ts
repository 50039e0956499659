import { isWhole, readModel, statusOf, type ListedModel } from './entries'
import type { StoreFiles } from './files'

/**
 * The list that a download follows. A model that works keeps its own files, though the catalogue may have others by
 * now: only those that it does without are the ones asked for. A check follows the stored list.
 */
export async function wantedModel(
  files: StoreFiles,
  asked: ListedModel,
  check: boolean,
): Promise<ListedModel> {
  const stored = await readModel(files, asked.id).catch(() => undefined) // unreadable: it comes anew
  if (stored === undefined) return asked
  if (check) return stored
  if (!isWhole(await statusOf(files, stored))) return asked
  const extras = asked.files.filter(({ isOptional }) => isOptional)
  const paths = new Set(extras.map(({ path }) => path))
  const needed = stored.files.filter(({ path, isOptional }) => isOptional !== true && !paths.has(path))
  return { ...stored, files: [...needed, ...extras] }
}
