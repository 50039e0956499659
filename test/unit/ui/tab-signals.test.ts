import { expect, it } from 'vitest'
import type { Studio } from '../../../src/ui/studio/studio'
import { tabProgress } from '../../../src/ui/tab-signals'

const studioWith = (job: object, done?: number) =>
  ({
    session: { get: () => ({ job }) },
    clock: { read: () => done && { done } },
  }) as unknown as Studio

it('a tab says how far a clip is, and of a film nothing', () => {
  expect(tabProgress(studioWith({}, 0.5))).toBe(0.5)
  expect(tabProgress(studioWith({}))).toBe(0)
  expect(tabProgress(studioWith({ live: {} }, 0.99))).toBeUndefined()
})
