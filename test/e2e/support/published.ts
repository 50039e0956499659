// The published page, built before the files of tests: two of them at once must not build it.
import { ensureBuilt } from '../../../src/cli/build'

export default async function setup(): Promise<void> {
  const mode = process.env['NODE_ENV'] ?? ''
  await ensureBuilt(console.log)
  process.env['NODE_ENV'] = mode // of the tests, not of the build
}
