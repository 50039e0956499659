// Set-up of every test file: a test that fails prints its last comparisons.
import { afterEach, beforeEach } from 'vitest'
import { takeComparisons } from './difference'

beforeEach(() => void takeComparisons())

afterEach(({ task }) => {
  const comparisons = takeComparisons()
  if (task.result?.state === 'fail') for (const line of comparisons) console.error(line)
})
