import { beforeEach, describe, expect, it, vi } from 'vitest'
import { clipEndSha256 } from '../../../../src/media/clip-end-file'
import type { ClipFacts, StudioCommand, StudioReply } from '../../../../src/protocol/gallery'
import { backUp, bringBack } from '../../../../src/storage/gallery/backup'
import { clipsInMemory, type ClipFiles } from '../../../../src/storage/gallery/clip-files'
import { indexInMemory } from '../../../../src/storage/gallery/clip-index'
import { createGallery, type Gallery } from '../../../../src/storage/gallery/gallery'
import { createClips, hasUnsaved, type Clips } from '../../../../src/ui/studio/clips'
import { givenFiles } from '../../../../src/ui/studio/given'
import { connectStudio, type StudioClient } from '../../../../src/worker/studio-client'
import { serveStudio, type StudioTools } from '../../../../src/worker/studio-serve'
import { resultOf, settings } from '../../worker/fake-engine'

const GPS = 'GPS '
const { mp4, ...facts } = resultOf(settings)
const clip = (seed: number): ClipFacts => ({ ...facts, seed })
let now: number
let main: Gallery
let files: ClipFiles

/** The page's side and the worker's, with nothing between them but the messages. */
function connected(more: Partial<StudioTools> = {}): StudioClient {
  const listeners: ((event: { data: StudioReply }) => void)[] = []
  const tools: StudioTools = {
    gallery: async () => main,
    spare: createGallery(clipsInMemory(), indexInMemory()),
    backUp,
    bringBack: async () => ({ count: 2, leftOut: [] }),
    exportClip: async (_mp4, _facts, format, { onProgress, signal } = {}) => {
      onProgress?.(0.5)
      await new Promise((resolve) => setTimeout(resolve, 5))
      signal?.throwIfAborted()
      return { file: new Blob([format]), ending: format }
    },
    posterOf: async () => new Blob(['still']),
    readRecipe: async () => undefined,
    // Notes of a camera come before what the pictures of these tests are.
    barePicture: async (file, name) => ({
      file: new File([file.slice(GPS.length)], name, { type: 'image/png' }),
      width: 3,
      height: 2,
    }),
    drafts: async () => undefined,
    rescueFilm: async () => undefined,
    now: () => now,
    ...more,
  }
  const handle = serveStudio(tools, (data) =>
    queueMicrotask(() => listeners.forEach((listen) => listen({ data }))),
  )
  return connectStudio(() => ({
    postMessage: (command: StudioCommand) => queueMicrotask(() => handle(structuredClone(command))),
    addEventListener: ((type: string, listener: (event: { data: StudioReply }) => void) => {
      if (type === 'message') listeners.push(listener)
    }) as never,
    terminate: () => undefined,
  }))
}

const clipsWith = (client: StudioClient): Clips => createClips(client, () => now)
const seeds = (clips: Clips): number[] => clips.get().clips.map((each) => each.facts.seed)

beforeEach(() => {
  now = 1_000
  files = clipsInMemory()
  main = createGallery({ ...files, place: 'disk' }, indexInMemory())
  let urls = 0
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${(urls += 1)}`)
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => undefined)
})

describe("the page's clips", () => {
  it('are kept, starred, deleted and brought back; what was deleted long ago is cleared away', async () => {
    const clips = clipsWith(connected())
    await clips.start()
    const one = await clips.keep(clip(1), mp4)
    now = 2_000
    const two = await clips.keep(clip(2), mp4)
    expect([seeds(clips), clips.get().place, hasUnsaved(clips.get())]).toEqual([[2, 1], 'disk', false])
    await clips.star(one!.id, true)
    await clips.remove([one!.id, two!.id])
    expect(seeds(clips)).toEqual([])
    await clips.undo()
    expect(clips.get().clips.map(({ facts: { seed }, isStarred }) => [seed, isStarred])).toEqual([
      [2, false],
      [1, true],
    ])
    await clips.remove([one!.id])
    now += 23 * 3_600_000
    await clipsWith(connected()).start()
    expect((await files.ids()).length).toBe(2)
    now += 2 * 3_600_000
    const later = clipsWith(connected())
    await later.start()
    expect([(await files.ids()).length, seeds(later)]).toEqual([1, [2]])
  })

  it('that could not be deleted are shown again', async () => {
    const clips = clipsWith(connected())
    const one = await clips.keep(clip(1), mp4)
    const { remove } = main
    main.remove = async () => Promise.reject(new Error('The disk is full.'))
    expect(await clips.remove([one!.id])).toBe(false)
    expect([seeds(clips), clips.get().error]).toEqual([[1], 'The disk is full.'])
    main.remove = remove
    expect(await clips.remove([one!.id])).toBe(true)
    expect([seeds(clips), clips.get().error]).toEqual([[], undefined])
  })

  it('on a full disk are kept in memory, and marked', async () => {
    files.write = async () => Promise.reject(new DOMException('full', 'QuotaExceededError'))
    main = createGallery({ ...files, place: 'disk' }, indexInMemory())
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const client = connected()
    const clips = clipsWith(client)
    await clips.start()
    const kept = await clips.keep(clip(1), mp4)
    expect([clips.get().place, seeds(clips)]).toEqual(['disk', [1]])
    expect([kept?.isUnsaved, hasUnsaved(clips.get())]).toEqual([true, true])
    await clips.start()
    expect(clips.get().clips).toMatchObject([{ id: kept!.id, isUnsaved: true }])
    expect(await (await clips.file(kept!.id)).arrayBuffer()).toEqual(mp4.buffer.slice(0))
    expect(warn).toHaveBeenCalled()
  })

  it('are in a backup too where they are in memory only, with the files that they were made with', async () => {
    const disk = main
    const given = givenFiles({ lastImage: new Blob(['GPS shore']) })
    const lastImageSha256 = 'a'.repeat(64)
    const clips = clipsWith(connected())
    await clips.keep(clip(1), mp4)
    now = 2_000
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    main = { ...disk, keep: async () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }
    await clips.keep({ ...clip(2), lastImageSha256 }, mp4, { picture: new Blob(['GPS dog']), given })
    const { file, leftOut } = await clips.backup()
    expect(leftOut).toBe(0)
    expect(await file.text()).not.toContain('isUnsaved')
    main = createGallery(clipsInMemory(), indexInMemory())
    const client = connected({
      bringBack,
      barePicture: async (each, name) => ({ file: new File([each], name), width: 3, height: 2 }),
    })
    expect(await client.import(file)).toMatchObject({ count: 2, leftOut: [] })
    const [newest, oldest] = (await client.list()).clips
    expect([newest?.facts.seed, oldest?.facts.seed]).toEqual([2, 1])
    expect(await (await client.picture(newest!.id)).text()).toBe('dog')
    expect(await (await client.given(newest!.id))[0]?.file.text()).toBe('shore')
  })

  it('have one address each, and the oldest of many is given back', async () => {
    const clips = clipsWith(connected())
    const kept = []
    for (let seed = 0; seed < 14; seed++) kept.push(await clips.keep(clip(seed), mp4))
    const first = await clips.url(kept[0]!.id)
    expect(await clips.url(kept[0]!.id)).toBe(first)
    for (const each of kept.slice(1)) await clips.url(each!.id)
    expect(URL.revokeObjectURL).toHaveBeenCalledWith(first)
    expect(await clips.url(kept[0]!.id)).not.toBe(first)
  })

  it('whose file is gone say so', async () => {
    const clips = clipsWith(connected())
    const kept = await clips.keep(clip(1), mp4)
    await files.remove(kept!.id)
    await expect(clips.url(kept!.id)).rejects.toMatchObject({ code: 'storage-failed' })
  })

  it('are made again with the picture that they began with', async () => {
    const clips = clipsWith(connected())
    const kept = await clips.keep(clip(7), mp4, { picture: new Blob(['GPS dog']) })
    const { image, ...again } = await clips.input(kept!)
    expect([await image?.text(), again.seed, again.prompt]).toEqual(['dog', 7, settings.prompt])
    const plain = await clips.keep(clip(8), mp4)
    expect(await clips.input(plain!)).not.toHaveProperty('image')
  })

  it('keep their end, from which another goes on, and are made again from it', async () => {
    const client = connected()
    const clips = clipsWith(client)
    const frame = Float32Array.from({ length: 18 }, (_, i) => i / 18)
    const end = { width: 3, height: 2, frame, statistics: { mean: [0.5], deviation: [2] } }
    const given = givenFiles({ lastImage: new Blob(['GPS shore']) })
    const first = await clips.keep(clip(1), mp4, { end, given })
    expect(first?.end).toEqual({ bytes: expect.any(Number) as number, sha256: await clipEndSha256(end) })
    expect(first!.end!.bytes).toBeGreaterThan(18 * 4)
    expect(await client.end(first!.id)).toEqual(end)
    expect(await (await clips.input(first!)).lastImage?.text()).toBe('shore')
    const next = { ...clip(2), continuesSha256: first!.end!.sha256, holdsColours: true }
    const second = await clips.keep(next, mp4)
    expect(await clips.input(second!)).toMatchObject({ continues: first!.id, holdsColours: true, seed: 2 })
    await clips.remove([first!.id])
    await expect(clips.input(second!)).rejects.toThrow(
      'The last frame of the clip that this one continues is no longer kept.',
    )
  })

  it('are found by the hashes of their pictures and ends', async () => {
    const clips = clipsWith(connected())
    const sha256 = 'a'.repeat(64)
    await clips.keep({ ...clip(1), imageSha256: sha256 }, mp4, { picture: new Blob(['GPS dog']) })
    const given = givenFiles({ lastImage: new Blob(['GPS shore']) })
    await clips.keep({ ...clip(2), lastImageSha256: sha256 }, mp4, { given })
    expect(await (await clips.pictureOf(sha256, 'first'))?.text()).toBe('dog')
    expect(await (await clips.pictureOf(sha256, 'last'))?.text()).toBe('shore')
    expect(await clips.pictureOf('b'.repeat(64), 'first')).toBeUndefined()
    expect(clips.endingWith(sha256)).toBeUndefined()
  })

  it('are made again with their control, and name what the gallery does not have', async () => {
    const clips = clipsWith(connected())
    const jpeg = (name: string): File => new File([GPS + name], name, { type: 'image/jpeg' })
    const [lastImage, mask] = [jpeg('end.jpg'), jpeg('mask.jpg')]
    const video = new File(['\0\0\0\x18ftypisom bay'], 'bay.mp4', { type: 'video/mp4' })
    const maskKeys = [{ at: 0, x: 0, y: 0 }]
    const control = { video, mask, maskKeys, references: [jpeg('fox.jpg'), jpeg('wood.jpg')], strength: 0.5 }
    const sha = '0'.repeat(64)
    const record = {
      ...clip(7),
      lastImageSha256: sha,
      control: {
        task: 'inpaint' as const,
        strength: 0.5,
        videoSha256: sha,
        maskSha256: sha,
        maskKeys,
        referenceSha256: [sha, sha],
      },
    }
    const kept = await clips.keep(record, mp4, { given: givenFiles({ lastImage, control }) })
    const again = await clips.input(kept!)
    expect(again.control).toMatchObject({ maskKeys, strength: 0.5, task: 'inpaint' })
    const made = [again.lastImage, again.control?.mask, ...(again.control?.references ?? [])] as File[]
    expect(await Promise.all(made.map(async (file) => [file.name, file.type, await file.text()]))).toEqual(
      ['end.jpg', 'mask.jpg', 'fox.jpg', 'wood.jpg'].map((name) => [name, 'image/png', name]),
    )
    expect(again.control?.video).toEqual(video)
    expect(await again.control?.video?.text()).toBe(await video.text())

    const lost = await clips.keep(record, mp4, {
      given: givenFiles({ control: { references: [jpeg('fox.jpg')] } }),
    })
    await expect(clips.input(lost!)).rejects.toThrow(
      'This clip was also made with the picture that it ended with, the control video, the mask, a reference picture, and the gallery does not have them.',
    )
    const { input, missing } = await clips.given(lost!)
    expect([input.control?.references?.length, missing.length]).toEqual([1, 4])
    const none = await clips.keep({ ...clip(8), imageSha256: sha, continuesSha256: sha }, mp4)
    expect((await clips.given(none!)).missing).toEqual([
      'the picture that it began with',
      'the clip that it continues',
    ])
  })

  it('come back from a backup with nothing of their pictures but the pixels', async () => {
    const old = createGallery(clipsInMemory(), indexInMemory())
    const given = givenFiles({ control: { references: [new File(['GPS fox'], 'fox.jpg')] } })
    const lastImageSha256 = 'a'.repeat(64)
    const last = givenFiles({ lastImage: new File(['GPS shore'], 'shore.jpg') })
    const film = { mp4: new Blob([mp4]), picture: new Blob(['GPS dog']), given: [...last, ...given] }
    await old.keep({ ...clip(1), lastImageSha256 }, film, now)
    const client = connected({ bringBack })
    await client.import((await backUp(old, () => undefined)).file)
    const [record] = (await client.list()).clips
    expect(await (await client.picture(record!.id)).text()).toBe('dog')
    const files = await client.given(record!.id)
    expect(await Promise.all(files.map(async ({ name, file }) => [name, await file.text()]))).toEqual([
      ['shore.jpg', 'shore'],
      ['fox.jpg', 'fox'],
    ])
  })

  it('without a poster are kept too', async () => {
    const clips = clipsWith(connected({ posterOf: async () => Promise.reject(new Error('no decoder')) }))
    const kept = await clips.keep(clip(1), mp4)
    expect([seeds(clips), clips.posterUrl(kept!)]).toEqual([[1], undefined])
  })

  it('that cannot be kept leave a sentence', async () => {
    const clips = clipsWith(
      connected({ gallery: async () => Promise.reject(new Error('No gallery today.')) }),
    )
    expect(await clips.keep(clip(1), mp4)).toBeUndefined()
    expect(clips.get().error).toBe('No gallery today.')
  })
})

describe('an export', () => {
  it('shows how far it is, and is given up', async () => {
    const clips = clipsWith(connected())
    const kept = await clips.keep(clip(1), mp4)
    const seen: number[] = []
    const { ending } = await clips.export(kept!.id, 'gif', undefined, {
      onProgress: (done) => seen.push(done),
    })
    expect([ending, seen]).toEqual(['gif', [0.5]])
    const stop = new AbortController()
    const given = clips.export(kept!.id, 'webm', undefined, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(given).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('films whose making was cut short', () => {
  it('are kept as far as they came, and are no longer drafts', async () => {
    const pieces: [number, boolean][] = []
    const settled: boolean[] = []
    const over: boolean[] = []
    const left = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    const discarded: string[] = []
    const client = connected({
      drafts: async () => ({
        append: async (bytes, isFirst) => void pieces.push([bytes.length, isFirst]),
        async settle(isOver) {
          settled.push(isOver)
          return isOver ? undefined : 'own'
        },
        async takeLeft(keep) {
          for (const film of left.splice(0)) over.push(await keep(film, `film of ${film.length}`))
        },
        discard: async (name) => void discarded.push(name),
        clear: async () => void left.splice(0),
      }),
      // The second holds no frame.
      rescueFilm: async (fragments) =>
        fragments.length === 2
          ? { mp4: Uint8Array.of(9), facts: { ...facts, notes: ['cut short'] } }
          : undefined,
    })
    const clips = createClips(client)
    await client.draft(Uint8Array.of(1, 2, 3), true)
    await client.settle(true)
    expect(pieces).toEqual([[3, true]])
    expect(settled).toEqual([true])
    expect(await clips.rescue()).toBe(1)
    expect(clips.get().clips.map((kept) => kept.facts.notes)).toEqual([['cut short']])
    expect(await clips.rescue()).toBe(0)
    expect(over).toEqual([true, true])
    // On a full disk the film is in memory only: its draft stays.
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    main = { ...main, keep: async () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }
    left.push(Uint8Array.of(1, 2), Uint8Array.of(4))
    expect(await clips.rescue()).toBe(1)
    expect(over.slice(2)).toEqual([false, true])
    // Until it is deleted: else it would come back.
    await client.settle(false, 'made')
    await client.remove([clips.get().clips.find(({ isUnsaved }) => isUnsaved)!.id])
    await client.remove(['made'])
    expect(discarded).toEqual(['film of 2', 'own'])
    left.push(Uint8Array.of(5))
    await client.erase()
    expect(left).toEqual([])
  })
})
