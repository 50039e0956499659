import { expect, it } from 'vitest'
import { changedSince, knownOf } from '../../../src/ui/library/known-files'

const named = (name: string, text: string, lastModified: number) => ({
  name,
  file: new File([text], name, { lastModified }),
})

it('names a file that is gone, has another size or another time of change, and no other', () => {
  const [vae, dit] = [named('vae', 'abc', 1), named('dit', 'abcdef', 2)]
  const known = [vae, dit].map(knownOf)
  expect(changedSince(known, [dit, vae])).toBeUndefined()
  expect(changedSince(known, [dit, vae, named('notes', 'x', 3)])).toBeUndefined()
  expect(changedSince(known, [dit])).toBe('vae')
  expect(changedSince(known, [vae, named('dit', 'abcde', 2)])).toBe('dit')
  expect(changedSince(known, [vae, named('dit', 'abcdef', 3)])).toBe('dit')
})

it('takes nothing for changed in a set from before files were remembered', () => {
  expect(changedSince([], [named('vae', 'abc', 1)])).toBeUndefined()
})
