import { afterEach, expect, it, vi } from 'vitest'
import { WRITER } from '../../../../src/catalogue/writers'
import type { ClipRecord } from '../../../../src/protocol/gallery'
import type { ModelLibrary } from '../../../../src/ui/library/model-library'
import { createSession } from '../../../../src/ui/session'
import { createPictures } from '../../../../src/ui/studio/pictures'
import { createStudio, type Studio } from '../../../../src/ui/studio/studio'
import type { EngineClient } from '../../../../src/worker/client'
import type { StudioClient } from '../../../../src/worker/studio-client'
import { connected, fakeEngine, filmOf, resultOf, settings } from '../../worker/fake-engine'
import { takePicture } from './take-picture'

const request = { model: { kind: 'url', url: 'https://example.org/m/' } } as const

let client: EngineClient
afterEach(() => client.close())

/** The page with an engine that makes what it is asked for. */
function visit(): Studio {
  client = connected(async () =>
    fakeEngine(
      async (given) => resultOf(given),
      async (input) => filmOf({ ...settings, seed: Number(input.seed) }, 9),
    ),
  )
  const files: Partial<StudioClient> = {
    keep: async (facts) => {
      const clip: ClipRecord = { id: 'c1', madeAt: 0, facts, bytes: 3, isStarred: false }
      return { clip, place: 'disk' }
    },
    settle: async () => undefined,
    takePicture,
  }
  return createStudio({
    session: createSession({ client, request, missing: undefined }),
    library: {} as ModelLibrary,
    entries: [],
    files: files as StudioClient,
    storage: undefined,
    pictures: createPictures(undefined),
    writer: {
      entry: WRITER,
      canWrite: async () => false,
      write: async () => '',
      stop: () => undefined,
    },
    page: 'https://zoetrope.test/',
  })
}

const made = (studio: Studio, clips: number): Promise<void> =>
  vi.waitFor(() => expect(studio.clips.get().clips).toHaveLength(clips))

it('shows the seed that a clip has drawn, and leaves one that is fixed', async () => {
  const studio = visit()
  const { form, queue } = studio
  queue.add([{ prompt: 'one', seed: 5 }])
  await made(studio, 1)
  expect(form.get()).toMatchObject({ seed: '5', isSeedRandom: true })
  form.change({ seed: '42' })
  form.setSeedRandom(false)
  queue.add([{ prompt: 'one', seed: 6 }])
  await made(studio, 2)
  expect(form.get()).toMatchObject({ seed: '42', isSeedRandom: false })
})

it('shows the seed that a film has drawn, and leaves one that is fixed', async () => {
  const studio = visit()
  const { form, live, session } = studio
  form.change({ prompt: 'one' })
  await live.start()
  const drawn = form.get().seed
  expect(drawn).toBe(String(session.get().film?.settings.seed))
  form.change({ seed: '42' })
  form.setSeedRandom(false)
  await live.extend() // with a seed of its own
  expect(session.get().film?.settings.seed).not.toBe(42)
  expect(form.get().seed).toBe('42')
})
