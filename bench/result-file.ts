import { renameSync, writeFileSync } from 'node:fs'
import type { BenchResult } from './result'

/** Puts the array into the file at once: whoever reads it, or is cut off, finds it whole. @throws where it cannot be written. */
export function writeResults(path: string, results: readonly BenchResult[]): void {
  const unfinished = `${path}.part`
  writeFileSync(unfinished, `${JSON.stringify(results, null, 1)}\n`)
  renameSync(unfinished, path)
}
