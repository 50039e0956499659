import { expect, it } from 'vitest'
import { clipsInMemory } from '../../../../src/storage/gallery/clip-files'
import {
  indexInMemory,
  openIndex,
  type ClipIndex,
  type StaleMark,
} from '../../../../src/storage/gallery/clip-index'
import { createGallery, type Gallery } from '../../../../src/storage/gallery/gallery'
import { resultOf, settings } from '../../worker/fake-engine'

const { mp4: _mp4, ...facts } = resultOf(settings)

function memoryMark(): StaleMark {
  let isSet = false
  return {
    isSet: async () => isSet,
    set: async () => void (isSet = true),
    clear: async () => void (isSet = false),
  }
}

/** A disk that keeps clips, a database and the mark from visit to visit. */
function disk() {
  const [files, database, mark] = [clipsInMemory(), indexInMemory(), memoryMark()]
  const visit = async (open: () => Promise<ClipIndex>): Promise<Gallery> =>
    createGallery(files, await openIndex(open, mark))
  return { database, mark, visit, asEver: () => visit(async () => database) }
}

const shown = async (gallery: Gallery): Promise<[seed: number, isStarred: boolean][]> =>
  (await gallery.list())
    .filter(({ deletedAt }) => deletedAt === undefined)
    .map(({ facts: { seed }, isStarred }) => [seed, isStarred])

const mp4 = new Blob(['film'])

it('of a database that does not answer in time believes the records at the next visit', async () => {
  const { visit, asEver, mark } = disk()
  const first = await asEver()
  const one = await first.keep({ ...facts, seed: 1 }, { mp4 }, 1)
  const two = await first.keep({ ...facts, seed: 2 }, { mp4 }, 2)
  expect(await mark.isSet()).toBe(false)
  const late = await visit(() => Promise.reject(new Error('No answer.')))
  await late.list()
  await late.remove([one.id], 3)
  await late.change(two.id, { isStarred: true })
  expect(await shown(await asEver())).toEqual([[2, true]])
  expect(await mark.isSet()).toBe(false)
})

it('of a database that takes no more goes on in memory', async () => {
  const { database, visit, asEver } = disk()
  const first = await asEver()
  const one = await first.keep({ ...facts, seed: 1 }, { mp4 }, 1)
  const two = await first.keep({ ...facts, seed: 2 }, { mp4 }, 2)
  const full = { ...database, put: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }
  const gallery = await visit(async () => full)
  await Promise.all([gallery.remove([one.id], 3), gallery.change(two.id, { isStarred: true })])
  expect(await shown(gallery)).toEqual([[2, true]])
  expect(await shown(await asEver())).toEqual([[2, true]])
})
