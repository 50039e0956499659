import { defineConfig } from 'vitest/config'

export default defineConfig(({ mode }) => ({
  test: {
    setupFiles: ['test/support/print-differences.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      // Most of a small file's time is loading what others have loaded: they share a process.
      { extends: true, mode, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false } },
      // A process for each file: a GPU's device goes with it.
      {
        extends: true,
        mode,
        test: {
          name: 'engine',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**', 'test/e2e/**', 'test/full/**'],
        },
      },
    ],
  },
}))
