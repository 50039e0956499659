import { defineConfig } from 'vitest/config'

/** The models at their full size: minutes each, and not part of npm test. */
export default defineConfig({
  test: {
    include: ['test/full/**/*.test.ts'],
    setupFiles: ['test/support/print-differences.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    disableConsoleIntercept: true,
    testTimeout: 7_200_000,
    hookTimeout: 600_000,
  },
})
