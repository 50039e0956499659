// Compares the server's file with the wanted one, and with the one of which pieces are already stored.
import { WeightsError } from '../weights/error'
import type { HttpOptions } from '../weights/sources/patience'
import type { ListedFile } from './entries'
import type { FileHeader } from './file-records'
import { listedSha256, probe, type RemoteFacts } from './probe'

/** A file on a server, as agreed. */
export interface Remote {
  name: string
  url: string
  size: number
  /** Must stay the same while it is read; `undefined` where the server gives none, or where a SHA-256 decides. */
  etag: string | undefined
  sha256: string
  stamp: string
  servesRanges: boolean
  /** Stored pieces belong to an older file. */
  isNew: boolean
}

/** Allowed deviation of an approximate size. */
const ABOUT = 0.1

/** Where the whole alone is to be had, a known SHA-256 decides, not the length of a body that may be compressed. */
function sizeOf({ path, bytes, sha256 }: ListedFile, { size, servesRanges }: RemoteFacts): number {
  if (!servesRanges && sha256 !== undefined) return bytes
  if (size === undefined && sha256 === undefined)
    throw new WeightsError(
      path,
      `${path}: the server does not say how large the file is. Give another address.`,
    )
  const found = size ?? bytes
  const isRight = sha256 === undefined ? Math.abs(found - bytes) <= ABOUT * bytes : found === bytes
  if (!isRight || found === 0) {
    throw new WeightsError(
      path,
      `${path} has ${found} bytes on the server and must have ${sha256 === undefined ? 'about ' : ''}${bytes}: it is a different file. Give another address, or choose the file from your disk.`,
    )
  }
  return found
}

/** @param header of the file of which pieces are stored */
export async function agree(
  file: ListedFile,
  header: FileHeader | undefined,
  options: HttpOptions,
): Promise<Remote> {
  const { path, url } = file
  const facts = await probe(path, url, options)
  const size = sizeOf(file, facts)
  const { etag, stamp, servesRanges } = facts
  if (file.sha256 !== undefined && facts.sha256 !== undefined && facts.sha256 !== file.sha256) {
    throw new WeightsError(
      path,
      `${path} has the SHA-256 ${facts.sha256} on the server and must have ${file.sha256}: it is a different file. Give another address, or choose the file from your disk.`,
    )
  }
  const begun = header?.size === size ? header : undefined
  const isUnchanged = begun?.stamp === stamp
  const stated = file.sha256 ?? facts.sha256 ?? (isUnchanged ? undefined : await listedSha256(url, options))
  // A plain server gives no hash; the known one decides there too, once the file is whole.
  const known = stated ?? begun?.sha256 ?? ''
  const isSame =
    begun !== undefined && (known !== '' && begun.sha256 !== '' ? known === begun.sha256 : isUnchanged)
  const tag = known === '' ? (etag ?? undefined) : undefined
  return { name: path, url, size, etag: tag, sha256: known, stamp, servesRanges, isNew: !isSame }
}
