import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { GivenFile } from './read-image'
import { UsageError } from './usage-error'

/** The largest compact upscaler has 5 MB. */
const MOST_BYTES = 64e6

/** @throws UsageError where there is no such file, or it is too large for an upscaler */
export function readUpscaler(path: string): GivenFile {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile())
    throw new UsageError(
      `There is no file at ${path}. --upscaler names a compact upscaler: realesr-animevideov3 or realesr-general-x4v3, .pth or .safetensors.`,
    )
  const name = basename(path)
  if (stat.size > MOST_BYTES)
    throw new UsageError(
      `${name} has ${(stat.size / 1e6).toFixed(1)} MB, and a compact upscaler has at most ${MOST_BYTES / 1e6}. Choose realesr-animevideov3 or realesr-general-x4v3.`,
    )
  return { name, base64: readFileSync(path).toString('base64') }
}
