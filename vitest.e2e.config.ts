import { defineConfig } from 'vitest/config'

/** The page in a real browser: one file after the other, they share two cores and a GPU. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
})
