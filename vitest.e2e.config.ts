import { defineConfig } from 'vitest/config'

const filesOf = (...names: string[]): string[] => names.map((name) => `test/e2e/${name}.test.ts`)

/** With the stand-in engine: they mostly wait. */
const STAND_IN = filesOf(
  'page',
  'page-access',
  'page-control',
  'page-crop',
  'page-gallery',
  'page-lasting',
  'page-offline',
  'page-picture-notes',
  'page-pictures',
  'page-strangers',
)

const project = (mode: string, name: string, groupOrder: number, test: object) => ({
  mode,
  test: {
    name,
    environment: 'node',
    pool: 'forks',
    // Modules are loaded once for all files of a process.
    isolate: false,
    sequence: { groupOrder },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    ...test,
  },
})

/** The page in a real browser; where an engine works, one file has both cores to itself. */
export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: ['test/e2e/support/pages.ts'],
    projects: [
      project(mode, 'stand-in', 0, { include: STAND_IN, maxWorkers: 2 }),
      project(mode, 'engine', 1, {
        include: ['test/e2e/**/*.test.ts'],
        exclude: STAND_IN,
        maxWorkers: 1,
      }),
    ],
  },
}))
