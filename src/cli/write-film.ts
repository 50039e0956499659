// The file of a film appears whole or not at all; where its disk is full, the film is kept on another one.
import { homedir, tmpdir } from 'node:os'
import { accessSync, constants, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { UsageError } from './usage-error'

/** A film was written, and not where it was asked for. */
export class FilmElsewhere extends Error {}

/** The used part of a file system. */
export interface Disk {
  write(path: string, bytes: Uint8Array): void
  rename(from: string, to: string): void
  remove(path: string): void
  /** Bytes that may still be written below a folder; undefined where that is not known. */
  free(folder: string): number | undefined
}

const DISK: Disk = {
  write: writeFileSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  free(folder) {
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    } catch {
      return undefined
    }
  },
}

const MP4 = new Set(['', '.mp4', '.m4v'])
/** No film is smaller. */
const LEAST_BYTES = 64 << 10

/** Checks a film's target before it is made. @throws UsageError */
export function checkOut(out: string, disk: Disk = DISK): void {
  const ending = extname(out).toLowerCase()
  if (!MP4.has(ending))
    throw new UsageError(
      `${out} would hold an MP4: --out must end in .mp4. Write ${basename(out, extname(out))}.mp4, and convert that with another program.`,
    )
  checkPlace(out, '--out', disk)
}

/** Checks whether a file can be written, before there is anything to write. @throws UsageError naming the option */
export function checkPlace(path: string, option: string, disk: Disk = DISK): void {
  const folder = dirname(path)
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    throw new UsageError(
      `${path} cannot be written: the folder ${folder} is missing or not writable. Create it, or name another one with ${option}.`,
    )
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError(`${path} is a folder; ${option} must name a file.`)
  const free = disk.free(folder)
  if (free !== undefined && free < LEAST_BYTES)
    throw new UsageError(
      `${path} cannot be written: ${amount(free)} are free in ${folder}. Free some space, or name a file elsewhere.`,
    )
}

function amount(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function writeWhole(out: string, bytes: Uint8Array, disk: Disk): void {
  const part = join(dirname(out), `.${basename(out)}.${process.pid}.part`)
  try {
    disk.write(part, bytes)
    disk.rename(part, out)
  } finally {
    disk.remove(part)
  }
}

/**
 * Writes a film.
 * @param others folders that are tried where `out` cannot be written
 * @throws Error with the file, and the space that was needed and found; FilmElsewhere where the film is in another folder
 */
export function writeFilm(
  out: string,
  bytes: Uint8Array,
  disk: Disk = DISK,
  others: readonly string[] = [process.cwd(), homedir(), tmpdir()],
): void {
  try {
    return writeWhole(out, bytes, disk)
  } catch (cause) {
    const folder = dirname(out)
    const free = disk.free(folder)
    const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(cause))
    const space = isFull && free !== undefined ? ` (${amount(free)} are free in ${folder})` : ''
    const why = isFull ? `its ${amount(bytes.length)} do not fit${space}` : wordsOf(cause)
    const kept = others
      .map((other) => join(other, basename(out)))
      .find((path) => wasKept(path, out, bytes, disk))
    if (kept !== undefined)
      throw new FilmElsewhere(`${out} could not be written: ${why}. The film is at ${kept} instead.`, {
        cause,
      })
    throw new Error(
      `${out} could not be written: ${why}. It could not be written elsewhere either. Free some space and make it again; with the same --seed it is the same film.`,
      { cause },
    )
  }
}

function wasKept(path: string, out: string, bytes: Uint8Array, disk: Disk): boolean {
  if (path === out || statSync(path, { throwIfNoEntry: false }) !== undefined) return false // no other film is replaced
  try {
    writeWhole(path, bytes, disk)
    return true
  } catch {
    return false
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
