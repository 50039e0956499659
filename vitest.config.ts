import { defineConfig } from 'vitest/config'

export default defineConfig(({ mode }) => ({
  test: {
    setupFiles: ['test/support/print-differences.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    // Modules are loaded, and a GPU's kernels compiled, once for all files of a process.
    isolate: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      { extends: true, mode, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        extends: true,
        mode,
        test: {
          name: 'engine',
          setupFiles: ['test/support/free-gpus.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**', 'test/e2e/**', 'test/full/**'],
        },
      },
    ],
  },
}))
