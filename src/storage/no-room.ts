// The sentence for a full disk, whatever was being written.
import { StoreError } from './error'
import type { StoreFiles } from './files'

function megabytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/**
 * The error itself, unless it is that there is no room.
 * @param name what is stored, as the person knows it
 * @param bytes that it takes in all, where that is known
 */
export async function explainNoRoom(
  files: StoreFiles,
  name: string,
  bytes: number | undefined,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof Error) || error.name !== 'QuotaExceededError') return error
  const room = await files.room?.().catch(() => undefined)
  const needs = bytes === undefined ? '' : `, which takes ${megabytes(bytes)}`
  const left = room === undefined ? '' : `; the browser has ${megabytes(room)} left for this page`
  return new StoreError(
    'storage-failed',
    `There is no room for ${name} in this browser's storage${needs}${left}. Free some space on the disk or delete a model, and resume: what has arrived stays. Or choose files from your disk, which are not copied.`,
    { cause: error },
  )
}
