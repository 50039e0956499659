import { expect, it } from 'vitest'
import { NoRoom } from '../../../../src/storage/files'
import { clipsInMemory } from '../../../../src/storage/gallery/clip-files'
import { indexInMemory } from '../../../../src/storage/gallery/clip-index'
import { createGallery } from '../../../../src/storage/gallery/gallery'
import { resultOf, settings } from '../../worker/fake-engine'

const { mp4: _mp4, ...facts } = resultOf(settings)
const MINUTE = 60_000

/** A gallery on a disk with room for two clips. */
function small() {
  const files = clipsInMemory()
  const { write } = files
  files.write = async (...given) => {
    if ((await files.ids()).length >= 2) throw new NoRoom('Full.')
    await write(...given)
  }
  let now = 0
  const gallery = createGallery(files, indexInMemory(), () => now)
  const keep = async (seed: number): Promise<string> =>
    (await gallery.keep({ ...facts, seed }, { mp4: new Blob(['film']) }, seed)).id
  return { gallery, files, keep, wait: (time: number) => (now += time) }
}

it('clears away deleted clips where a new one finds no room, but none that undo may bring back', async () => {
  const { gallery, files, keep, wait } = small()
  const [one] = [await keep(1), await keep(2)]
  await expect(keep(3)).rejects.toBeInstanceOf(NoRoom)
  await gallery.remove([one!], 0)
  wait(MINUTE)
  await expect(keep(3)).rejects.toBeInstanceOf(NoRoom)
  wait(1)
  const three = await keep(3)
  expect((await files.ids()).sort()).toEqual([(await gallery.list())[1]!.id, three].sort())
})

it('makes room for what is noted down, and passes on what is wrong otherwise', async () => {
  const { gallery, files, keep, wait } = small()
  const [one, two] = [await keep(1), await keep(2)]
  await gallery.remove([one], 0)
  wait(MINUTE + 1)
  const { writeRecord } = files
  files.writeRecord = async (record) => {
    if ((await files.ids()).length >= 2) throw new NoRoom('Full.')
    await writeRecord(record)
  }
  await gallery.change(two, { isStarred: true })
  expect(await gallery.list()).toMatchObject([{ id: two, isStarred: true }])
  files.writeRecord = async () => Promise.reject(new Error('Broken.'))
  await expect(gallery.remove([two], 0)).rejects.toThrow('Broken.')
})

it.each([
  ['latents', { latents: new Blob(['large']) }, { hasLatents: true }],
  ['an end', { end: { content: new Blob(['large']), sha256: 'ab' } }, { end: { bytes: 5, sha256: 'ab' } }],
  [
    'what it was made with',
    { given: [{ role: 'mask' as const, name: 'm.png', type: 'image/png', file: new Blob(['large']) }] },
    { given: [{ role: 'mask', name: 'm.png', type: 'image/png' }] },
  ],
])('makes room for %s too, though a clip is whole without', async (_name, more, kept) => {
  const { gallery, files, keep, wait } = small()
  const one = await keep(1)
  await gallery.remove([one], 0)
  const { add, writeGiven } = files
  const whereRoom =
    <Given extends unknown[]>(work: (...given: Given) => Promise<void>) =>
    async (...given: Given): Promise<void> => {
      if ((await files.ids()).includes(one)) throw new NoRoom('Full.')
      await work(...given)
    }
  files.add = whereRoom(add)
  files.writeGiven = whereRoom(writeGiven)
  const next = () => gallery.keep(facts, { mp4: new Blob(['film']), ...more }, 2)
  const bare = await next()
  expect(bare).not.toMatchObject(kept)
  await files.remove(bare.id)
  wait(MINUTE + 1)
  expect(await next()).toMatchObject(kept)
  expect(await files.ids()).not.toContain(one)
})
