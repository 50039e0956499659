import { renameSync, writeFileSync } from 'node:fs'
import type { BenchResult } from './result'

/** Replaces the file at once, so that readers always find a complete array. @throws where it cannot be written. */
export function writeResults(path: string, results: readonly BenchResult[]): void {
  const unfinished = `${path}.part`
  writeFileSync(unfinished, `${JSON.stringify(results, null, 1)}\n`)
  renameSync(unfinished, path)
}
