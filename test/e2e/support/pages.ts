// A folder for built pages, which lasts as long as a run of the tests.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Its path. */
    pages: string
  }
}

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-pages-'))
  project.provide('pages', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
