import { expect, it } from 'vitest'
import { NoRoom } from '../../../../src/storage/files'
import { clipsInMemory } from '../../../../src/storage/gallery/clip-files'
import { indexInMemory } from '../../../../src/storage/gallery/clip-index'
import { createGallery } from '../../../../src/storage/gallery/gallery'
import { makingRoom } from '../../../../src/storage/gallery/making-room'
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
  const gallery = makingRoom(createGallery(files, indexInMemory()), () => now)
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
