// Files that may be served, opened once: what is checked is what is sent.
import { constants, type Stats } from 'node:fs'
import { open, realpath, stat, type FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'

export interface ServedFile {
  readonly handle: FileHandle
  /** Real, without links. */
  readonly path: string
  readonly size: number
  /** Changes when the file does. */
  readonly etag: string
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'EISDIR', 'ENAMETOOLONG', 'ENXIO'].includes(
    String(code),
  )
}

/** What `read` gives; `undefined` where the file is not there, or may not be read. */
async function unlessAbsent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

function etagOf({ size, mtimeMs }: Stats): string {
  return `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`
}

/** Never follows a link in the last place, nor waits for who writes into a pipe: a path that was checked may have changed since. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** The file of a real path; whoever asks closes its handle. */
async function openReal(path: string): Promise<ServedFile | undefined> {
  return unlessAbsent(async () => {
    if (!(await stat(path)).isFile()) return undefined // a device may do anything when it is opened
    const handle = await open(path, FLAGS)
    const facts = await handle.stat()
    if (facts.isFile()) return { handle, path, size: facts.size, etag: etagOf(facts) }
    await handle.close()
    return undefined
  })
}

/** A file that a person named: where it is a link, they meant what it leads to. */
export async function openNamed(path: string): Promise<ServedFile | undefined> {
  const real = await unlessAbsent(() => realpath(path))
  return real === undefined ? undefined : openReal(real)
}

/** Bytes of a file, without opening it. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const facts = await unlessAbsent(() => stat(path))
  return facts?.isFile() === true ? facts.size : undefined
}

/** Names that are plain: no way up, nothing hidden, no drive, stream or other separator of some system. */
function isPlain(segment: string): boolean {
  return !segment.startsWith('.') && !/[\\:\0]/.test(segment)
}

/**
 * The file below a folder by the decoded path of a request, never one outside it.
 * @returns `'no-folder'` where the folder itself is gone
 */
export async function openBelow(
  folder: string,
  urlPath: string,
): Promise<ServedFile | 'no-folder' | undefined> {
  const root = await unlessAbsent(() => realpath(folder))
  if (root === undefined) return 'no-folder'
  if (!urlPath.split('/').every(isPlain)) return undefined
  const wanted = join(root, urlPath.endsWith('/') ? `${urlPath}index.html` : urlPath)
  const real = await unlessAbsent(() => realpath(wanted))
  return real === undefined || !real.startsWith(root + sep) ? undefined : openReal(real)
}
