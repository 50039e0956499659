import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClipRecord } from '../../../../src/protocol/gallery'
import { limitsFor } from '../../../../src/protocol/limits'
import { GIVEN_NAMES, type RecipeReading } from '../../../../src/protocol/recipe'
import type { SessionState } from '../../../../src/ui/session-state'
import { createStore, type Store } from '../../../../src/ui/store'
import type { Clips, ClipsState } from '../../../../src/ui/studio/clips'
import { createFormStore, type FormStore } from '../../../../src/ui/studio/form-store'
import { restoreGiven, restorePictures } from '../../../../src/ui/studio/restore-pictures'
import { takePicture } from './take-picture'

const [DOG, SHORE, END, LOST] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(64))
const limits = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 })
const facts = { model: 'ti2v', width: 64, height: 48 }

let session: Store<SessionState>
let form: FormStore

const gallery = createStore<ClipsState>({
  clips: [],
  place: 'disk',
  isLoaded: true,
  deleted: [],
  error: undefined,
})
const clips = {
  ...gallery,
  pictureOf: async (sha256, place) => {
    const kept = place === 'first' ? DOG : SHORE
    return sha256 === kept ? new Blob(['640x480']) : undefined
  },
  endingWith: (sha256) =>
    (sha256 === END ? { id: 'c1', facts, end: { bytes: 1, sha256 } } : undefined) as never,
  given: async ({ facts: { lastImageSha256 } }) => ({
    input: { lastImage: new File(['640x480'], 'shore.png'), control: { strength: 0.5 } },
    missing: lastImageSha256 === LOST ? ['a reference picture'] : [],
  }),
} satisfies Pick<Clips, 'get' | 'subscribe' | 'pictureOf' | 'endingWith' | 'given'>

beforeEach(() => {
  const model = {
    id: 'ti2v',
    title: 'TI2V',
    version: '1',
    fps: 24,
    sizes: [],
    bytes: 1,
    takesPicture: true,
    defaults: limits.defaults,
    limits,
  }
  session = createStore({ engine: { adapter: 'GPU', model } } as unknown as SessionState)
  form = createFormStore(session, undefined, { takePicture })
})

async function restored(given: RecipeReading['given'], engine = 60_000): Promise<string[]> {
  const names = Object.entries(GIVEN_NAMES).flatMap(([name, text]) => (given && name in given ? [text] : []))
  const reading: RecipeReading = {
    origin: 'zoetrope',
    settings: {},
    leftOut: [...names, 'script'],
    ...(given && { given }),
  }
  const patience = { gallery: 5_000, engine }
  return (await restorePictures({ form, clips, session }, reading, patience)).leftOut
}

it('the pictures of a recipe are taken from the clips that have them', async () => {
  expect(await restored({ imageSha256: DOG!, lastImageSha256: SHORE! })).toEqual(['script'])
  expect(form.pictures.get('first')).toMatchObject({ width: 640, height: 480 })
  expect(form.pictures.get('last')).toBeDefined()
})

it('so is the clip that it goes on from, by the model that made it', async () => {
  expect(await restored({ continuesSha256: END!, holdsColours: true })).toEqual(['script'])
  expect(form.input()).toMatchObject({ continues: 'c1', holdsColours: true, width: '64' })
})

it('what is not there is still named as left out', async () => {
  const given = { imageSha256: LOST!, lastImageSha256: LOST!, continuesSha256: LOST! }
  expect(await restored(given)).toEqual([...Object.values(GIVEN_NAMES), 'script'])
  expect(form.input()).not.toHaveProperty('image')
  expect(await restored(undefined)).toEqual(['script'])
})

describe('a clip that goes on from another, while the model opens,', () => {
  const given = { continuesSha256: END!, holdsColours: true }
  const LEFT_OUT = [GIVEN_NAMES.continuesSha256, 'script']
  let card: NonNullable<SessionState['engine']>
  beforeEach(() => {
    card = session.get().engine!
    session.set({ engine: undefined })
  })

  it('is restored once that is the one that made it', async () => {
    const leftOut = restored(given)
    setTimeout(() => session.set({ engine: card }), 5)
    expect(await leftOut).toEqual(['script'])
    expect(form.input()).toMatchObject({ continues: 'c1', holdsColours: true })
  })

  it.each<[what: string, open: () => void]>([
    ['another opens', () => session.set({ engine: { ...card, model: { ...card.model, id: 'other' } } })],
    ['none can be opened', () => session.set({ problem: { code: 'device-lost', message: 'Gone.' } })],
    ['none opens in time', () => undefined],
  ])('is left out where %s', async (_what, open) => {
    const leftOut = restored(given, 30)
    setTimeout(open, 5)
    expect(await leftOut).toEqual(LEFT_OUT)
    expect(form.get().continuation).toBeUndefined()
  })

  it('gives way to a picture that is chosen meanwhile', async () => {
    const leftOut = restored(given)
    setTimeout(async () => {
      await form.pictures.take('first', new File(['32x32'], 'chosen.png'))
      session.set({ engine: card })
    }, 5)
    expect(await leftOut).toEqual(LEFT_OUT)
    expect(form.pictures.get('first')?.file.name).toBe('chosen.png')
  })
})

it('a picture that cannot be read is named as left out', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const pictureOf = async (): Promise<Blob> => new Blob(['no picture'])
  const reading: RecipeReading = {
    origin: 'link',
    settings: {},
    leftOut: [GIVEN_NAMES.imageSha256],
    given: { imageSha256: DOG! },
  }
  const again = await restorePictures({ form, clips: { ...clips, pictureOf }, session }, reading)
  expect(again.leftOut).toEqual([GIVEN_NAMES.imageSha256])
})

it('a clip gives the form its files and the clip that it goes on from, in the place of what was there', async () => {
  await form.pictures.take('first', new File(['32x32'], 'old.png'))
  const again = (more: object): Promise<readonly string[]> =>
    restoreGiven({ form, clips, session }, { id: 'c2', facts: { ...facts, ...more } } as ClipRecord)
  expect(await again({ continuesSha256: END, holdsColours: true })).toEqual([])
  expect(form.pictures.get('first')).toBeUndefined()
  expect(form.pictures.get('last')?.file.name).toBe('shore.png')
  expect(form.control.get().strength).toBe(0.5)
  expect(form.input()).toMatchObject({ continues: 'c1', holdsColours: true })
  expect(await again({ lastImageSha256: LOST })).toEqual(['a reference picture'])
  expect(form.input()).not.toHaveProperty('continues')
  const model = { ...session.get().engine!.model, id: 'other' }
  session.set({ engine: { ...session.get().engine!, model } })
  expect(await again({ continuesSha256: END })).toEqual([GIVEN_NAMES.continuesSha256])
})
