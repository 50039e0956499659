import { expect, it } from 'vitest'
import { createPictures, idOfTab } from '../../../../src/ui/studio/pictures'
import { fakeCache } from '../../../support/fake-cache'

const dog = new File(['dog'], 'mein Hund 犬.png', { type: 'image/png' })

it('keeps a picture with its name and type, until nothing waits for it', async () => {
  const cache = fakeCache()
  const before = createPictures(async () => cache)
  expect(await before.keep('one', dog)).toBe(true)
  expect(await before.keep('two', new Blob(['cat'], { type: 'image/webp' }))).toBe(true)
  const after = createPictures(async () => cache)
  const kept = await after.read('one')
  expect([kept?.name, kept?.type, await kept?.text()]).toEqual(['mein Hund 犬.png', 'image/png', 'dog'])
  expect((await after.read('two'))?.name).toBe('picture')
  await after.keepOnly(new Set(['two']))
  expect([await after.read('one'), await (await after.read('two'))?.text()]).toEqual([undefined, 'cat'])
  await after.remove('two')
  expect(await after.read('two')).toBeUndefined()
})

it('leaves what another tab may wait for alone for a week', async () => {
  const cache = fakeCache()
  const pictures = createPictures(async () => cache)
  const day = 24 * 3600e3
  const ids = [1, 3].map((kept) => idOfTab(kept * day))
  for (const id of ids) await pictures.keep(id, dog)
  await pictures.keepOnly(new Set(), 8.5 * day)
  expect(await Promise.all(ids.map(async (id) => (await pictures.read(id))?.name))).toEqual([
    undefined,
    dog.name,
  ])
})

it.each([
  ['no storage', undefined],
  ['a storage that fails', () => Promise.reject(new Error('denied'))],
])('goes on with %s, and does not pretend', async (_name, open) => {
  const pictures = createPictures(open)
  expect(await pictures.keep('one', dog)).toBe(false)
  expect(await pictures.read('one')).toBeUndefined()
  await pictures.keepOnly(new Set())
})
