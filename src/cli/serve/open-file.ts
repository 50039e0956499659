// Opens the files that may be served exactly once, so that the checked file is the one that is sent.
import { constants, type Stats } from 'node:fs'
import { open, realpath, stat, type FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'

export interface ServedFile {
  readonly handle: FileHandle
  /** The real path, without links. */
  readonly path: string
  readonly size: number
  /** Changes whenever the file does. */
  readonly etag: string
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'EISDIR', 'ENAMETOOLONG', 'ENXIO'].includes(
    String(code),
  )
}

/** The result of `read`; `undefined` where the file is missing or not readable. */
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

/** Neither follows a final link nor waits for a pipe's writer: the path may have changed since it was checked. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Opens the file at a real path; the caller closes its handle. */
async function openReal(path: string): Promise<ServedFile | undefined> {
  return unlessAbsent(async () => {
    if (!(await stat(path)).isFile()) return undefined // opening a device may have effects
    const handle = await open(path, FLAGS)
    const facts = await handle.stat()
    if (facts.isFile()) return { handle, path, size: facts.size, etag: etagOf(facts) }
    await handle.close()
    return undefined
  })
}

/** Opens a file that the user named, following links. */
export async function openNamed(path: string): Promise<ServedFile | undefined> {
  const real = await unlessAbsent(() => realpath(path))
  return real === undefined ? undefined : openReal(real)
}

/** Bytes of a file, without opening it. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const facts = await unlessAbsent(() => stat(path))
  return facts?.isFile() === true ? facts.size : undefined
}

/** Plain names: no parent folder, no hidden file, no drive, stream or separator of any system. */
function isPlain(segment: string): boolean {
  return !segment.startsWith('.') && !/[\\:\0]/.test(segment)
}

/**
 * Opens the file at a request's decoded path below a folder, never one outside it.
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
