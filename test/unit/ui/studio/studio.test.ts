import { afterEach, expect, it, vi } from 'vitest'
import type { ClipRecord } from '../../../../src/protocol/gallery'
import type { InterruptedRun } from '../../../../src/protocol/runs'
import { createSession } from '../../../../src/ui/session'
import { createPictures } from '../../../../src/ui/studio/pictures'
import { createStudio, type Studio, type StudioOptions } from '../../../../src/ui/studio/studio'
import type { EngineClient } from '../../../../src/worker/client'
import type { StudioClient } from '../../../../src/worker/studio-client'
import { connected, fakeEngine, filmOf, resultOf, settings } from '../../worker/fake-engine'
import { fakeCache } from '../../../support/fake-cache'
import { idleParts } from './idle-parts'
import { Memory } from './memory'
import { takePicture } from './take-picture'

const request = { model: { kind: 'url', url: 'https://example.org/m/' } } as const
const RUN: InterruptedRun = {
  id: 'run-1',
  settings: { ...settings, prompt: 'one' },
  model: { id: 'fake', title: 'Fake' },
  adapter: 'fake',
  begunAt: 0,
  stage: 'denoise',
  step: 3,
  steps: 4,
}

let client: EngineClient
afterEach(() => client.close())

/** The page with an engine that makes what it is asked for. */
function visit(options: Partial<StudioOptions> = {}): Studio {
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
    ...idleParts(),
    files: files as StudioClient,
    ...options,
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

it('goes on with a run once its model is there, and not before the person has allowed it', async () => {
  const studio = visit()
  const { queue, session } = studio
  const generate = vi
    .spyOn(session, 'generate')
    .mockResolvedValue({ result: resultOf(settings), url: '', fileName: '' })
  session.withhold()
  queue.adopt([RUN])
  queue.resume()
  expect(queue.get()).toMatchObject({ items: [{ state: 'waiting', run: 'run-1' }], isInterrupted: false })
  queue.retry(queue.get().items[0]!.id)
  expect(generate).not.toHaveBeenCalled()
  await session.open(request)
  await made(studio, 1)
  expect(generate.mock.calls[0]?.[0].resume?.run).toBe('run-1')
  expect(queue.get().items).toEqual([])
})

it('keeps videos with pictures that wait in a second tab, whatever the first one clears away', async () => {
  const cache = fakeCache()
  const pictures = createPictures(async () => cache)
  const tabStorage = new Memory()
  const second = (): Studio => visit({ pictures, tabStorage, isSecondTab: true })
  const { queue, session } = second()
  session.withhold()
  queue.add([{ prompt: 'one', image: new File(['3x2 dog'], 'dog.png') }])
  await vi.waitFor(() => expect(queue.get().items[0]?.files).toBeDefined())
  client.close()
  const clearing = vi.spyOn(pictures, 'keepOnly')
  visit({ pictures })
  await clearing.mock.results[0]!.value
  client.close()
  const after = second()
  const generate = vi.spyOn(after.session, 'generate')
  after.queue.resume()
  await vi.waitFor(() => expect(generate).toHaveBeenCalled())
  expect(await generate.mock.calls[0]?.[0].image?.text()).toBe('3x2 dog')
})
