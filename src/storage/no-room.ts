// The error for a full disk, for anything that is written.
import { isNoRoom } from '../protocol/errors'
import { StoreError } from './error'
import type { StoreFiles } from './files'

function megabytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/**
 * Returns the error itself, unless the disk is full.
 * @param name of the stored thing, as the user knows it
 * @param bytes its total size
 */
export async function explainNoRoom(
  files: StoreFiles,
  name: string,
  bytes: number,
  error: unknown,
): Promise<unknown> {
  if (!isNoRoom(error)) return error
  const room = await files.room?.().catch(() => undefined)
  // A browser rounds its figure up, by gigabytes even: what contradicts the refusal is left out.
  const isCredible = room !== undefined && room < bytes
  const left = isCredible ? `; the browser has ${megabytes(room)} left for this page` : ''
  return new StoreError(
    'storage-failed',
    `There is no room for ${name} in this browser's storage, which takes ${megabytes(bytes)}${left}. Free some space on the disk or delete a model, and resume: what has arrived stays. Or choose files from your disk, which are not copied.`,
    { cause: error },
  )
}
