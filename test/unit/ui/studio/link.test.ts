import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ClipRecord } from '../../../../src/protocol/gallery'
import { GIVEN_NAMES } from '../../../../src/protocol/recipe'
import { linkFor } from '../../../../src/protocol/recipe-link'
import type { Session, SessionState } from '../../../../src/ui/session-state'
import { createStore } from '../../../../src/ui/store'
import { createStudio, type Studio } from '../../../../src/ui/studio/studio'
import type { StudioClient } from '../../../../src/worker/studio-client'
import { resultOf, settings } from '../../worker/fake-engine'
import { idleParts } from './idle-parts'
import { takePicture } from './take-picture'

const DOG = 'a'.repeat(64)
const { mp4: _mp4, ...facts } = resultOf(settings)
const CLIP: ClipRecord = {
  id: 'c1',
  madeAt: 1_000,
  facts: { ...facts, imageSha256: DOG },
  bytes: 3,
  isStarred: false,
  hasPicture: true,
}

/** The page as it opens with a link: the gallery is not loaded yet, and no model is open. */
function visit(imageSha256: string): Studio {
  const state = createStore({ engine: undefined, job: undefined } as unknown as SessionState)
  const files: Partial<StudioClient> = {
    purge: async () => undefined,
    list: async () => ({ clips: [CLIP], place: 'disk' }),
    picture: async () => new Blob(['640x480']),
    takePicture,
  }
  const session: Partial<Session> = { ...state, collect: () => () => undefined }
  return createStudio({
    session: session as Session,
    ...idleParts(),
    files: files as StudioClient,
    page: linkFor('https://zoetrope.test/', { prompt: 'a red ball' }, { imageSha256 }),
  })
}

const leftOut = async ({ link }: Studio): Promise<string[] | undefined> =>
  link?.ok === true ? (await link.restored).leftOut : undefined

afterEach(() => vi.useRealTimers())

describe('a link', () => {
  it('restores its picture once the gallery is loaded, and its settings at once', async () => {
    const studio = visit(DOG)
    expect(studio.form.get().prompt).toBe('a red ball')
    await new Promise((resolve) => setTimeout(resolve, 5))
    await studio.clips.start()
    expect(await leftOut(studio)).toEqual([])
    expect(studio.form.pictures.get('first')).toMatchObject({ width: 640, height: 480 })
  })

  it('names a picture that the gallery does not have', async () => {
    const studio = visit('b'.repeat(64))
    await studio.clips.start()
    expect(await leftOut(studio)).toEqual([GIVEN_NAMES.imageSha256])
    expect(studio.form.pictures.get('first')).toBeUndefined()
  })

  it('names its picture where the gallery gives no answer', async () => {
    vi.useFakeTimers()
    const studio = visit(DOG)
    const names = leftOut(studio)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await names).toEqual([GIVEN_NAMES.imageSha256])
  })
})
