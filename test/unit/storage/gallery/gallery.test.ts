import { zipSync } from 'fflate'
import { beforeEach, describe, expect, it } from 'vitest'
import type { GivenFile } from '../../../../src/protocol/gallery'
import { backUp, bringBack } from '../../../../src/storage/gallery/backup'
import { clipsInMemory, type ClipFiles } from '../../../../src/storage/gallery/clip-files'
import { indexInMemory } from '../../../../src/storage/gallery/clip-index'
import { createGallery, type Gallery } from '../../../../src/storage/gallery/gallery'
import { resultOf, settings } from '../../worker/fake-engine'

const { mp4: _mp4, ...facts } = resultOf(settings)
const film = (text: string): Blob => new Blob([text], { type: 'video/mp4' })
let files: ClipFiles
let gallery: Gallery

beforeEach(() => {
  files = clipsInMemory()
  gallery = createGallery(files, indexInMemory())
})

const seeds = async (from: Gallery = gallery): Promise<number[]> =>
  (await from.list()).filter(({ deletedAt }) => deletedAt === undefined).map((clip) => clip.facts.seed)

it('keeps clips, the newest first, with their films', async () => {
  const first = await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  const second = await gallery.keep(
    { ...facts, seed: 2 },
    { mp4: film('two'), poster: new Blob(['still']) },
    2000,
  )
  expect(await seeds()).toEqual([2, 1])
  expect(await (await gallery.file(first.id, 'mp4')).text()).toBe('one')
  expect(await second.poster?.text()).toBe('still')
  expect(first.id < second.id).toBe(true)
})

it('deletes with a way back, until it is cleared away', async () => {
  const { id } = await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  await gallery.remove([id], 5000)
  expect(await seeds()).toEqual([])
  await gallery.restore([id])
  expect(await seeds()).toEqual([1])
  await gallery.remove([id], 6000)
  await gallery.purge(6000)
  expect((await files.ids()).length).toBe(1) // not older than that moment
  await gallery.purge(6001)
  expect([await files.ids(), await gallery.list()]).toEqual([[], []])
  await expect(gallery.file(id, 'mp4')).rejects.toMatchObject({ code: 'storage-failed' })
})

it('clears away deleted clips also where the index is lost', async () => {
  const { id } = await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  await gallery.remove([id], 5000)
  await createGallery(files, indexInMemory()).purge(6000)
  expect(await files.ids()).toEqual([])
})

it('clears away every clip on a full disk, and says so where some stay', async () => {
  await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  files.writeRecord = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
  await gallery.clear()
  expect([await files.ids(), await gallery.list()]).toEqual([[], []])
  await gallery.keep({ ...facts, seed: 2 }, { mp4: film('two') }, 2000)
  files.remove = async () => undefined // another tab has it open
  await expect(gallery.clear()).rejects.toThrow('could not erase 1 of the clips')
  expect(await seeds()).toEqual([2])
})

it('a star stays, also where the index is lost', async () => {
  const { id } = await gallery.keep(
    { ...facts, seed: 1 },
    { mp4: film('one'), poster: new Blob(['still']) },
    1000,
  )
  await gallery.change(id, { isStarred: true })
  const again = createGallery(files, indexInMemory())
  expect(await again.list()).toMatchObject([{ id, isStarred: true, facts: { seed: 1 } }])
  expect(await (await again.list())[0]?.poster?.text()).toBe('still')
})

it('a clip whose files are gone goes from the list; an unfinished one never comes into it', async () => {
  const { id } = await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  await gallery.keep({ ...facts, seed: 2 }, { mp4: film('two') }, 2000)
  await files.remove(id)
  expect(await seeds()).toEqual([2])
  const ids = files.ids
  files.ids = async () => [...(await ids()), 'half-written']
  expect(await seeds()).toEqual([2])
})

const asIs = async (picture: Blob): Promise<Blob> => picture
const zipOf = async (from: Gallery): Promise<Blob> => (await backUp(from, () => undefined)).file

it('keeps the picture that a clip began with, and brings it back', async () => {
  const { id, hasPicture } = await gallery.keep(facts, { mp4: film('one'), picture: new Blob(['dog']) }, 1000)
  expect([hasPicture, await (await gallery.file(id, 'picture')).text()]).toEqual([true, 'dog'])
  const other = createGallery(clipsInMemory(), indexInMemory())
  await bringBack(other, await zipOf(gallery), asIs)
  const [clip] = await other.list()
  expect(await (await other.file(clip!.id, 'picture')).text()).toBe('dog')
  const bare = createGallery(clipsInMemory(), indexInMemory())
  await bringBack(bare, await zipOf(gallery), async (picture) => picture.slice(1))
  expect(await (await bare.file((await bare.list())[0]!.id, 'picture')).text()).toBe('og')
  await expect(gallery.file('none', 'picture')).rejects.toMatchObject({ code: 'storage-failed' })
})

const GIVEN: readonly GivenFile[] = [
  { role: 'video', name: 'dance.mp4', type: 'video/mp4', file: new Blob(['dance']) },
  { role: 'reference', name: 'fox.png', type: 'image/png', file: new Blob(['fox']) },
  { role: 'reference', name: 'wood.png', type: 'image/png', file: new Blob(['wood']) },
]
const textsOf = async (from: Gallery, id: string): Promise<string[]> =>
  Promise.all(
    (await from.given(id)).map(async ({ role, name, file }) => `${role} ${name} ${await file.text()}`),
  )
const TEXTS = ['video dance.mp4 dance', 'reference fox.png fox', 'reference wood.png wood']

describe('the files of a control', () => {
  it('are kept beside the clip, stay where the index is lost, and go with the clip', async () => {
    const clip = await gallery.keep(facts, { mp4: film('one'), given: GIVEN }, 1000)
    const plain = await gallery.keep(facts, { mp4: film('two') }, 2000)
    expect(clip.given).toEqual(GIVEN.map(({ role, name, type }) => ({ role, name, type })))
    expect(await textsOf(gallery, clip.id)).toEqual(TEXTS)
    expect([plain.given, await textsOf(gallery, plain.id)]).toEqual([undefined, []])
    const again = createGallery(files, indexInMemory())
    await again.list()
    expect(await textsOf(again, clip.id)).toEqual(TEXTS)
    await gallery.remove([clip.id], 3000)
    await gallery.purge(4000)
    expect(await Promise.all(GIVEN.map((_, place) => files.given(clip.id, place)))).toEqual(
      GIVEN.map(() => undefined),
    )
  })

  it('that find no room leave the clip whole, and none of them behind', async () => {
    const { writeGiven } = files
    files.writeGiven = (id, place, file) =>
      place === 1
        ? Promise.reject(new DOMException('full', 'QuotaExceededError'))
        : writeGiven(id, place, file)
    const { id, given } = await gallery.keep(facts, { mp4: film('one'), given: GIVEN }, 1000)
    expect([given, await gallery.given(id), await files.given(id, 0)]).toEqual([undefined, [], undefined])
    expect(await (await gallery.file(id, 'mp4')).text()).toBe('one')
  })

  it('are named where one is gone', async () => {
    const { id } = await gallery.keep(facts, { mp4: film('one'), given: GIVEN }, 1000)
    await files.removeGiven(id, 1)
    await expect(gallery.given(id)).rejects.toThrow('fox.png, which this clip was made with, is gone')
    const other = createGallery(clipsInMemory(), indexInMemory())
    await bringBack(other, await zipOf(gallery), asIs)
    expect((await other.list()).map(({ given }) => given)).toEqual([undefined])
  })

  it('are in a backup, and come back', async () => {
    await gallery.keep(facts, { mp4: film('one'), given: GIVEN }, 1000)
    const other = createGallery(clipsInMemory(), indexInMemory())
    await bringBack(other, await zipOf(gallery), asIs)
    const [clip] = await other.list()
    expect(await textsOf(other, clip!.id)).toEqual(TEXTS)
    expect((await other.given(clip!.id)).map(({ file }) => file.type)).toEqual(GIVEN.map(({ type }) => type))
  })

  it('come back as what may be kept of them, and without those of which nothing may', async () => {
    await gallery.keep(facts, { mp4: film('one'), given: GIVEN }, 1000)
    const other = createGallery(clipsInMemory(), indexInMemory())
    await bringBack(other, await zipOf(gallery), async (file) =>
      (await file.text()) === 'wood' ? undefined : file.slice(1, undefined, 'image/webp'),
    )
    const [clip] = await other.list()
    expect(await textsOf(other, clip!.id)).toEqual(['video dance.mp4 ance', 'reference fox.png ox'])
    expect(clip!.given?.map(({ type }) => type)).toEqual(['image/webp', 'image/webp'])
  })
})

it('is backed up into one file and brought back, once', async () => {
  await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one'), poster: new Blob(['still']) }, 1000)
  const { id } = await gallery.keep({ ...facts, seed: 2, prompt: 'zwei 二' }, { mp4: film('two') }, 2000)
  await gallery.change(id, { isStarred: true })
  const shares: number[] = []
  const { file: zip, leftOut } = await backUp(gallery, (share) => shares.push(share))
  expect([shares, leftOut]).toEqual([[0.5, 1], 0])
  const other = createGallery(clipsInMemory(), indexInMemory())
  expect(await bringBack(other, zip, asIs)).toEqual({ count: 2, leftOut: [] })
  expect(await seeds(other)).toEqual([2, 1])
  const [newest] = await other.list()
  expect(newest).toMatchObject({ madeAt: 2000, isStarred: true, facts: { prompt: 'zwei 二' } })
  expect(await (await other.file(newest!.id, 'mp4')).text()).toBe('two')
  expect(await bringBack(other, zip, asIs)).toEqual({ count: 0, leftOut: [] })
})

it('brings back deleted clips from a backup, which then stay', async () => {
  const { id } = await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  await gallery.keep({ ...facts, seed: 2 }, { mp4: film('two') }, 2000)
  const zip = await zipOf(gallery)
  await gallery.remove([id], 5000)
  expect(await bringBack(gallery, zip, asIs)).toEqual({ count: 1, leftOut: [] })
  await gallery.purge(9000)
  expect(await seeds()).toEqual([2, 1])
  // Of two copies, one is there.
  const copy = await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  await gallery.remove([copy.id], 9000)
  expect(await bringBack(gallery, zip, asIs)).toEqual({ count: 0, leftOut: [] })
})

it('is backed up without the clips whose film is gone, and counts them', async () => {
  const lost = await gallery.keep({ ...facts, seed: 1 }, { mp4: film('one') }, 1000)
  const bare = await gallery.keep({ ...facts, seed: 2 }, { mp4: film('two'), picture: film('dog') }, 2000)
  await gallery.keep({ ...facts, seed: 3 }, { mp4: film('three') }, 3000)
  const { read } = files
  files.read = async (id, part) =>
    (id === lost.id && part === 'mp4') || (id === bare.id && part === 'picture') ? undefined : read(id, part)
  const shares: number[] = []
  const { file, leftOut } = await backUp(gallery, (share) => shares.push(share))
  expect([leftOut, shares.at(-1)]).toEqual([1, 1])
  const other = createGallery(clipsInMemory(), indexInMemory())
  expect(await bringBack(other, file, asIs)).toEqual({ count: 2, leftOut: [] })
  expect(await seeds(other)).toEqual([3, 2])
})

it.each([
  ['a film', film('not a zip')],
  ['nothing', new Blob([])],
])('refuses %s as a backup', async (_name, blob) => {
  await expect(bringBack(gallery, blob, asIs)).rejects.toMatchObject({ code: 'invalid-settings' })
})

describe('a backup of a stranger', () => {
  const zip = (record: unknown, more: Record<string, Uint8Array> = {}): Blob => {
    const text = new TextEncoder().encode(JSON.stringify(record))
    return new Blob([
      new Uint8Array(zipSync({ 'a/record.json': text, 'a/clip.mp4': new Uint8Array(4), ...more })),
    ])
  }
  const sound = { id: 'a', madeAt: 1000, isStarred: false, bytes: 4, facts }

  it('is taken where it is sound (control)', async () => {
    expect(await bringBack(gallery, zip(sound), asIs)).toEqual({ count: 1, leftOut: [] })
  })

  it.each<[what: string, record: unknown]>([
    ['nothing', null],
    ['a list', []],
    ['no time', { ...sound, madeAt: 'x' }],
    ['a time that is none', { ...sound, madeAt: 1e300 }],
    ['no notes', { ...sound, facts: { ...facts, notes: 3 } }],
    ['no width', { ...sound, facts: { ...facts, width: 0 } }],
    ['a file of no role', { ...sound, given: [{ role: 'x', name: 'a', type: '' }] }],
    ['files without names', { ...sound, given: [{ role: 'mask', name: 3, type: '' }] }],
    ['too many files', { ...sound, given: Array(9).fill({ role: 'mask', name: 'a', type: '' }) }],
    ['a control that is none', { ...sound, facts: { ...facts, control: 'x' } }],
    ['a control of no task', { ...sound, facts: { ...facts, control: { strength: 1, task: 'x' } } }],
    ['stages that are none', { ...sound, facts: { ...facts, stages: [null] } }],
  ])('whose record is %s leaves that clip out', async (_what, record) => {
    expect(await bringBack(gallery, zip(record), asIs)).toEqual({ count: 0, leftOut: ['a'] })
    expect(await gallery.list()).toEqual([])
  })

  it('that grows without end is refused before it fills the memory', async () => {
    const bomb = zip(sound, { 'a/poster': new Uint8Array(64 << 20) })
    expect(bomb.size).toBeLessThan(100_000)
    await expect(bringBack(gallery, bomb, asIs)).rejects.toMatchObject({
      code: 'invalid-settings',
      message: 'This file is not a Zoetrope backup: its files are over 4 times as large as the zip.',
    })
  })

  it('that is damaged is a sentence', async () => {
    const whole = new Uint8Array(await zip(sound).arrayBuffer())
    for (let at = 0; at < whole.length; at += 3) {
      const outcome = await bringBack(gallery, new Blob([whole.with(at, whole[at]! ^ 0x55)]), asIs).catch(
        (error: unknown) => error,
      )
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'invalid-settings' })
    }
  })
})

it('keeps the latents and the ends of the newest clips, and a clip that found no room for them', async () => {
  const ids: string[] = []
  const end = (i: number) => ({ content: new Blob([`end ${i}`]), sha256: `${i}` })
  for (let i = 0; i < 22; i++) {
    const beside = { mp4: film('one'), latents: new Blob([`latents ${i}`]), ...(i !== 5 && { end: end(i) }) }
    const kept = await gallery.keep({ ...facts, seed: i }, beside, 1000 + i)
    ids.push(kept.id)
    expect(kept.hasLatents).toBe(true)
    expect(kept.end).toEqual(i === 5 ? undefined : { bytes: 4 + String(i).length, sha256: `${i}` })
  }
  const clips = await gallery.list()
  expect(clips.filter(({ hasLatents }) => hasLatents === true)).toHaveLength(20)
  expect(clips.flatMap((clip) => (clip.end ? [clip.facts.seed] : [])).sort((a, b) => a - b)).toEqual([
    1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
  ])
  expect(await (await gallery.file(ids[2]!, 'latents')).text()).toBe('latents 2')
  expect(await (await gallery.file(ids[1]!, 'end')).text()).toBe('end 1')
  await expect(gallery.file(ids[1]!, 'latents')).rejects.toMatchObject({ code: 'storage-failed' })
  await expect(gallery.file(ids[0]!, 'end')).rejects.toThrow('those of the newest 20 clips are kept')
  files.add = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
  const large = { latents: new Blob(['x']), end: end(99) }
  const late = await gallery.keep(facts, { mp4: film('two'), ...large }, 5000)
  expect([late.hasLatents, late.end]).toEqual([undefined, undefined])
  expect(await (await gallery.file(late.id, 'mp4')).text()).toBe('two')
})

it('removes an end with its clip, and leaves it out of a backup', async () => {
  const end = { content: new Blob(['the end of a clip']), sha256: 'a' }
  const { id } = await gallery.keep(facts, { mp4: film('one'), picture: new Blob(['shore']), end }, 1000)
  const zip = await zipOf(gallery)
  expect(Buffer.from(await zip.arrayBuffer()).includes('the end of a clip')).toBe(false)
  const other = createGallery(clipsInMemory(), indexInMemory())
  await bringBack(other, zip, asIs)
  const [clip] = await other.list()
  expect(clip?.end).toBeUndefined()
  expect(await (await other.file(clip!.id, 'picture')).text()).toBe('shore')
  await gallery.remove([id], 1)
  await gallery.purge(2)
  await expect(gallery.file(id, 'end')).rejects.toMatchObject({ code: 'storage-failed' })
})
