import { readFileSync, statSync } from 'node:fs'
import { readClipEnd } from '../media/clip-end-file'
import type { ClipEnd } from '../protocol/clip-end'
import { WeightsError } from '../weights/error'
import { UsageError } from './usage-error'

/** @throws UsageError where there is no such file, or it is another */
export async function readClipEndFile(path: string): Promise<ClipEnd> {
  const needed = '--continue names a file that --keep-end wrote.'
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UsageError(`There is no file at ${path}. ${needed}`)
  try {
    return await readClipEnd(new Uint8Array(readFileSync(path)), path)
  } catch (error) {
    throw error instanceof WeightsError ? new UsageError(`${error.message} ${needed}`) : error
  }
}
