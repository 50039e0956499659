// Files that no model lists: of a list that was replaced, or of a removal that was cut short. Nobody could delete them.
import { dataPath, fileNames, keysOf, readShelf } from './entries'
import type { StoreFiles } from './files'

/** Their names; none where an entry cannot be read, because its files are not known. */
export async function strayFiles(files: StoreFiles): Promise<string[]> {
  const names = await fileNames(files) // before the entries: a download writes its entry first
  const { models, unreadable } = await readShelf(files)
  if (unreadable.length > 0) return []
  const keys = await keysOf(models)
  return names.filter((name) => !keys.has(name.replace(/\.journal$/, '')))
}

/** For the one writer among all tabs. */
export async function removeStrayFiles(files: StoreFiles): Promise<void> {
  for (const name of await strayFiles(files)) await files.remove(dataPath(name)).catch(() => undefined) // in use: another time
}
