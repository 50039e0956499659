import { beforeEach, expect, it, vi } from 'vitest'
import { limitsFor, limitsWithUpscaler } from '../../../../src/protocol/limits'
import type { SessionState } from '../../../../src/ui/session-state'
import { createStore, type Store } from '../../../../src/ui/store'
import { createFormStore, type FormStore } from '../../../../src/ui/studio/form-store'
import { createPictures } from '../../../../src/ui/studio/pictures'
import { fakeCache } from '../../../support/fake-cache'
import { takePicture } from './take-picture'
import { Memory } from './memory'

/** Of Wan 2.1's latents. */
const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

let session: Store<SessionState>
let storage: Memory

beforeEach(() => {
  session = createStore({ engine: undefined } as unknown as SessionState)
  storage = new Memory()
})

const form = (): FormStore => createFormStore(session, storage, { takePicture })

function open(id: string, width = 96, takesPicture = false): void {
  const limits = limitsFor(UNITS, { width })
  const { defaults } = limits
  const model = {
    id,
    title: id,
    version: '1',
    fps: 16,
    defaults,
    limits,
    sizes: [],
    bytes: 1,
    takesPicture,
    ...(takesPicture && { pictureFit: 'cover' as const }),
  }
  session.set({ engine: { adapter: 'GPU', model } })
}

it('what was written and set is there after a reload', () => {
  open('wan')
  const before = form()
  before.change({ prompt: 'a red ball', width: '128', seed: '7' })
  before.setSeedRandom(false)
  const after = form()
  expect(after.values(limitsFor(UNITS, { width: 96 }))).toMatchObject({
    prompt: 'a red ball',
    width: '128',
    seed: '7',
  })
  expect(after.input()).toEqual({ prompt: 'a red ball', width: '128', seed: '7' })
})

it('keeps settings by model, and the prompt for all', () => {
  open('wan')
  const store = form()
  store.change({ prompt: 'a red ball', width: '128' })
  open('mini', 64)
  expect(store.values(limitsFor(UNITS, { width: 64 }))).toMatchObject({ prompt: 'a red ball', width: '64' })
  open('wan')
  expect(store.values(limitsFor(UNITS, { width: 96 })).width).toBe('128')
})

it('what came before a model was open is for the first one', () => {
  const store = form()
  store.recall({ prompt: 'from a link', width: 64, seed: 5, sampler: 'euler' })
  expect(store.input()).toEqual({ prompt: 'from a link', seed: '5', width: '64', sampler: 'euler' })
  open('mini')
  expect(store.input()).toMatchObject({ width: '64' })
  open('wan')
  expect(store.input()).not.toHaveProperty('width')
})

it('one setting is recalled, or all; one is reset, or all', () => {
  open('mini')
  const store = form()
  store.change({ prompt: 'mine' })
  store.recall({ prompt: 'theirs', width: 64, height: 32, seed: 9 }, ['height'])
  expect(store.input()).toEqual({ prompt: 'mine', seed: '', height: '32' })
  store.recall({ prompt: 'theirs', width: 64, seed: 9 })
  expect(store.input()).toEqual({ prompt: 'theirs', seed: '9', height: '32', width: '64' })
  expect([...store.touched()].sort()).toEqual(['height', 'width'])
  store.reset('height')
  expect([...store.touched()]).toEqual(['width'])
  store.reset()
  expect(store.input()).toEqual({ prompt: 'theirs', seed: '' })
})

it("a value that is the model's own is no change", () => {
  open('mini', 96)
  const store = form()
  store.change({ width: '96' })
  expect(store.touched().size).toBe(0)
})

const picture = (name: string, text = '640x480'): File => new File([text], name)

it('a picture goes with the run of a model that takes one, and with no other', async () => {
  open('mini')
  const store = form()
  await store.pictures.take('first', picture('dog.png'))
  expect(store.input()).not.toHaveProperty('image')
  open('ti2v', 96, true)
  expect(store.input().image).toBe(store.pictures.get('first')?.file)
  store.pictures.leaveOut('first')
  expect(store.input()).not.toHaveProperty('image')
})

it('an upscaler goes with the run of any model; without one its scale is not asked for', () => {
  open('wan')
  const store = form()
  store.recall({ prompt: 'a fox', upscale: 4, decoder: 'tiny' })
  const { limits } = session.get().engine!.model
  expect(store.input()).toEqual({ prompt: 'a fox', seed: '' })
  expect(store.values(limits)).toMatchObject({ upscale: '1', decoder: 'full' })
  const upscaler = new File(['x'], 'realesr-animevideov3.pth')
  store.setUpscaler(upscaler)
  expect(store.input()).toEqual({ prompt: 'a fox', seed: '', upscale: '4', upscaler })
  expect(store.values(limitsWithUpscaler(limits)).upscale).toBe('4')
  store.setUpscaler(undefined)
  store.setUpscaler(upscaler)
  expect(store.input()).toEqual({ prompt: 'a fox', seed: '', upscaler }) // its own default
})

it('a scale and a decoder that came before a model was open wait for one', () => {
  const store = form()
  store.recall({ prompt: 'from a link', upscale: 4, decoder: 'tiny' })
  expect(store.input()).toEqual({ prompt: 'from a link', seed: '', upscale: '4', decoder: 'tiny' })
  open('wan')
  expect(store.input()).toEqual({ prompt: 'from a link', seed: '' })
})

it.each(['x', '[]', '{"prompt": 3, "changes": {"wan": {"width": 5, "hack": "x"}}}'])(
  'passes over %s',
  (text) => {
    storage.setItem('zoetrope.draft', text)
    open('wan')
    expect(form().input()).toEqual({ prompt: '', seed: '' })
  },
)

function visitWith(cache: ReturnType<typeof fakeCache>): FormStore {
  return createFormStore(session, storage, { kept: createPictures(async () => cache), takePicture })
}

it('the picture is there after a reload, and gone once it is left out', async () => {
  const cache = fakeCache()
  open('ti2v', 96, true)
  await visitWith(cache).pictures.take('first', picture('dog.png'))
  expect(cache.entries.size).toBe(1)
  const after = visitWith(cache)
  await vi.waitFor(() => expect(after.pictures.get('first')?.file.name).toBe('dog.png'))
  expect(after.pictures.get('first')).toMatchObject({ width: 640, height: 480 })
  expect(await (after.input().image as File).text()).toBe('640x480')
  after.pictures.leaveOut('first')
  await vi.waitFor(() => expect(cache.entries.size).toBe(0))
})

it('a picture that was left out stays so where the page closed before it was deleted', async () => {
  const cache = fakeCache()
  const pictures = createPictures(async () => cache)
  open('ti2v', 96, true)
  const before = createFormStore(session, storage, {
    kept: { ...pictures, remove: () => new Promise(() => {}) },
    takePicture,
  })
  await before.pictures.take('first', picture('dog.png'))
  await vi.waitFor(() => expect(cache.entries.size).toBe(1))
  before.pictures.leaveOut('first')
  const after = createFormStore(session, storage, { kept: pictures, takePicture })
  await vi.waitFor(() => expect(cache.entries.size).toBe(0))
  expect(after.pictures.get('first')).toBeUndefined()
})

it('a picture that is chosen at once is not replaced by the one of the last visit', async () => {
  const cache = fakeCache()
  open('ti2v', 96, true)
  await visitWith(cache).pictures.take('first', picture('dog.png'))
  const after = visitWith(cache)
  await after.pictures.take('first', picture('cat.png'))
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(after.pictures.get('first')?.file.name).toBe('cat.png')
})

it('keeps of a picture what was read of it, and never the file that was given', async () => {
  const cache = fakeCache()
  open('ti2v', 96, true)
  const store = visitWith(cache)
  for (const place of ['first', 'last'] as const)
    await store.pictures.take(place, picture('dog.png', '640x480 GPS48.85N'))
  const kept = await Promise.all([...cache.entries.values()].map((each) => each.clone().text()))
  expect(kept).toEqual(['640x480', '640x480'])
  expect(await (store.input().image as File).text()).toBe('640x480')
})

it('what is no picture is refused, and the last choice wins while one is read', async () => {
  open('ti2v', 96, true)
  const { pictures } = form()
  const late = pictures.take('first', picture('dog.png'))
  expect(pictures.isReading('first')).toBe(true)
  const settled = pictures.settled()
  pictures.leaveOut('first')
  await late
  expect([pictures.get('first'), await settled]).toEqual([undefined, true])
  const refused = pictures.take('first', picture('notes.txt', 'Dear reader'))
  expect(await pictures.settled()).toBe(false)
  await expect(refused).rejects.toThrow('notes.txt is no picture.')
  expect([pictures.get('first'), pictures.isReading('first'), await pictures.settled()]).toEqual([
    undefined,
    false,
    true,
  ])
})

it('the size follows the picture by the rule of the model, until one is set', async () => {
  open('ti2v', 96, true)
  const store = form()
  const limits = limitsFor(UNITS, { width: 96 })
  const own = { width: '96', height: '480' }
  expect(store.values(limits)).toMatchObject(own)
  await store.pictures.take('first', picture('tall.png', '400x800'))
  expect(store.values(limits)).toMatchObject({ width: '160', height: '288' })
  expect(store.input()).not.toHaveProperty('width') // the engine has the same rule
  expect(store.touched().size).toBe(0)
  store.change({ height: '64' })
  expect(store.values(limits)).toMatchObject({ width: '96', height: '64' })
  store.reset('height')
  await store.pictures.take('first', picture('line.png', '9000x1')) // too long for any size
  expect(store.values(limits)).toMatchObject(own)
  open('mini')
  expect(store.values(limits)).toMatchObject(own)
})

it('a clip goes on from another in its size, in the place of a picture, after a reload too', async () => {
  const cache = fakeCache()
  open('ti2v', 96, true)
  const limits = limitsFor(UNITS, { width: 96 })
  const before = visitWith(cache)
  await before.pictures.take('first', picture('dog.png'))
  before.change({ width: '128' })
  before.setContinuation({ clip: 'c1', model: 'ti2v', width: 64, height: 48 })
  before.setHoldsColours(true)
  const after = visitWith(cache)
  expect(after.pictures.get('first')).toBeUndefined()
  expect(after.values(limits)).toMatchObject({ width: '64', height: '48' })
  const input = after.input()
  expect(input).toMatchObject({ continues: 'c1', holdsColours: true, width: '64', height: '48' })
  expect(input).not.toHaveProperty('image')
  open('fun', 96, true) // another model begins anew
  expect(after.input()).not.toHaveProperty('continues')
  open('ti2v', 96, true)
  await after.pictures.take('first', picture('cat.png'))
  expect(after.continuation()).toBeUndefined()
  expect(after.input().image).toBeDefined()
  expect(after.values(limits)).toMatchObject({ width: '128' })
})
