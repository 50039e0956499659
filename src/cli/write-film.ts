// A file appears whole or not at all; where its disk is full, it is kept on another one.
import { homedir, tmpdir } from 'node:os'
import {
  accessSync,
  constants,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { UsageError } from './usage-error'

/** Everything was written, and not all of it where it was asked for. */
export class FilmElsewhere extends Error {}

/** The used part of a file system. */
export interface Disk {
  write(path: string, bytes: Uint8Array): void
  rename(from: string, to: string): void
  remove(path: string): void
  /** Whether a file or folder that is there may be changed. */
  isWritable(path: string): boolean
  /** Bytes that may still be written below a folder; undefined where that is not known. */
  free(folder: string): number | undefined
}

const DISK: Disk = {
  write: writeFileSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  isWritable(path) {
    try {
      accessSync(path, constants.W_OK)
      return true
    } catch {
      return false
    }
  },
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

/**
 * Where a file of that path lies, or would lie: links are followed, also one to a file that is not there yet.
 * @throws Error of the file system, as where the folder is missing
 */
export function realPlace(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  const target = linkTarget(path)
  return target === undefined ? join(realpathSync.native(dirname(path)), basename(path)) : realPlace(target)
}

function linkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path))
  } catch {
    return undefined // is none
  }
}

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
  const place = placeOf(path, option)
  const folder = dirname(place)
  if (!disk.isWritable(folder)) throw noFolder(path, folder, option)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) throw new UsageError(`${path} is a folder; ${option} must name a file.`)
  if (found?.isFile() === false)
    throw new UsageError(`${path} is a device, a pipe or a socket; ${option} must name a file.`)
  if (found !== undefined && !disk.isWritable(place))
    throw new UsageError(
      `${path} cannot be replaced: it is read-only. Make it writable, or name another file with ${option}.`,
    )
  const free = disk.free(folder)
  if (free !== undefined && free < LEAST_BYTES)
    throw new UsageError(
      `${path} cannot be written: ${amount(free)} are free in ${folder}. Free some space, or name a file elsewhere.`,
    )
}

/** @throws UsageError naming the option */
function placeOf(path: string, option: string): string {
  try {
    return realPlace(path)
  } catch (error) {
    if (codeOf(error) === 'ELOOP')
      throw new UsageError(`${path} is a link that leads back to itself; ${option} must name a file.`)
    throw noFolder(path, dirname(path), option)
  }
}

function noFolder(path: string, folder: string, option: string): UsageError {
  return new UsageError(
    `${path} cannot be written: the folder ${folder} is missing or not writable. Create it, or name another one with ${option}.`,
  )
}

function amount(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** Where the path is a link, the file behind it is replaced, not the link. */
function writeWhole(path: string, bytes: Uint8Array, disk: Disk): void {
  const place = realPlace(path)
  const part = join(dirname(place), `.${basename(place)}.${process.pid}.part`)
  try {
    disk.write(part, bytes)
    disk.rename(part, place)
  } finally {
    disk.remove(part)
  }
}

/** A file to write, and what a sentence calls it. */
interface Output {
  readonly what: string
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * Writes a film, and the end of its clip where one is given: that too where the film did not fit.
 * @param others folders that are tried where a file cannot be written
 * @throws Error with the file, and the space that was needed and found; FilmElsewhere where all was written, and a file
 * is in another folder
 */
export function writeFilm(
  film: { readonly out: string; readonly mp4: Uint8Array },
  end?: { readonly path: string; readonly bytes: Uint8Array },
  disk: Disk = DISK,
  others: readonly string[] = [process.cwd(), homedir(), tmpdir()],
): void {
  const outputs: Output[] = [
    { what: 'film', path: film.out, bytes: film.mp4 },
    ...(end ? [{ what: 'last frame', ...end }] : []),
  ]
  const problems = outputs.flatMap((output) => writeSomewhere(output, disk, others) ?? [])
  if (problems.length === 0) return
  const message = problems.map((problem) => problem.message).join(' ')
  const Kind = problems.every((problem) => problem instanceof FilmElsewhere) ? FilmElsewhere : Error
  throw new Kind(message, { cause: problems[0]?.cause })
}

/** What went wrong: `FilmElsewhere` where the file is in another folder. */
function writeSomewhere(
  { what, path, bytes }: Output,
  disk: Disk,
  others: readonly string[],
): Error | undefined {
  try {
    writeWhole(path, bytes, disk)
    return undefined
  } catch (cause) {
    const folder = dirname(path)
    const free = disk.free(folder)
    const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(cause))
    const space = isFull && free !== undefined ? ` (${amount(free)} are free in ${folder})` : ''
    const why = isFull ? `its ${amount(bytes.length)} do not fit${space}` : wordsOf(cause)
    const kept = others
      .map((other) => join(other, basename(path)))
      .find((place) => wasKept(place, path, bytes, disk))
    return kept === undefined
      ? new Error(
          `${path} could not be written: ${why}. It could not be written elsewhere either. Free some space and make it again; with the same --seed it is the same ${what}.`,
          { cause },
        )
      : new FilmElsewhere(`${path} could not be written: ${why}. The ${what} is at ${kept} instead.`, {
          cause,
        })
  }
}

function wasKept(path: string, wanted: string, bytes: Uint8Array, disk: Disk): boolean {
  if (path === wanted || statSync(path, { throwIfNoEntry: false }) !== undefined) return false // no other file is replaced
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
