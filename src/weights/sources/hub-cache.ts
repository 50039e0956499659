// The cache folder of Hugging Face's tools: blobs under their hashes, and snapshots whose links give them their names.
import { WeightsError } from '../error'
import type { ModelFolder } from './model-folder'

const PART = /^((?:.*\/)?)(?:snapshots|blobs|refs)\//
const SNAPSHOT = /^((?:.*\/)?)snapshots\/([^/]+)\//
const MAX_REF = 200

/** The revision of one cached repository that is meant: refs/main's, or the only one. */
async function revisionOf(
  folder: ModelFolder,
  root: string,
  revisions: ReadonlySet<string>,
): Promise<string> {
  const [only, ...others] = revisions
  if (only !== undefined && others.length === 0) return only
  const ref = `${root}refs/main`
  const size = folder.files.get(ref) ?? Infinity
  const named =
    size <= MAX_REF
      ? new TextDecoder().decode(await (await folder.open(ref)).read(0, size)).trim()
      : undefined
  if (named !== undefined && revisions.has(named)) return named
  throw new WeightsError(
    folder.title,
    `${folder.title} holds ${revisions.size} snapshots of one repository (${[...revisions].slice(0, 3).join(', ')}${revisions.size > 3 ? ', …' : ''}), and no refs/main names one of them. Choose the folder of one snapshot.`,
  )
}

/** The folder without blobs and other snapshots, where it is such a cache, or holds several; else as it is. */
export async function withoutHubCache(folder: ModelFolder): Promise<ModelFolder> {
  const snapshots = new Map<string, Set<string>>()
  const cached = new Set<string>()
  for (const path of folder.files.keys()) {
    const root = PART.exec(path)?.[1]
    if (root !== undefined && !path.startsWith(`${root}snapshots/`)) cached.add(root)
    const [, place, revision] = SNAPSHOT.exec(path) ?? []
    if (place === undefined || revision === undefined) continue
    snapshots.set(place, (snapshots.get(place) ?? new Set()).add(revision))
  }
  const chosen = new Map<string, string>()
  for (const [root, revisions] of snapshots)
    if (cached.has(root) || /(^|\/)models--[^/]+\/$/.test(root))
      chosen.set(root, `${root}snapshots/${await revisionOf(folder, root, revisions)}/`)
  if (chosen.size === 0) return folder
  const isKept = (path: string): boolean => {
    const root = PART.exec(path)?.[1]
    const snapshot = root === undefined ? undefined : chosen.get(root)
    return snapshot === undefined || path.startsWith(snapshot)
  }
  return { ...folder, files: new Map([...folder.files].filter(([path]) => isKept(path))) }
}
