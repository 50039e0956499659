import { expect, it } from 'vitest'
import { WRITER } from '../../../../src/catalogue/writers'
import type { ModelLibrary } from '../../../../src/ui/library/model-library'
import type { Clip, Session, SessionState } from '../../../../src/ui/session-state'
import { createStore } from '../../../../src/ui/store'
import { createPictures } from '../../../../src/ui/studio/pictures'
import { createStudio } from '../../../../src/ui/studio/studio'
import type { StudioClient } from '../../../../src/worker/studio-client'
import { filmOf, resultOf, settings } from '../../worker/fake-engine'

/** Makes a clip and a film on a disk with or without room; what becomes of the clip's run and of their drafts. */
async function made(isUnsaved: boolean): Promise<{ discarded: string[]; settled: boolean[] }> {
  const discarded: string[] = []
  const settled: boolean[] = []
  const state = createStore({ engine: undefined, job: undefined } as unknown as SessionState)
  const clipOf = (result: Clip['result']): Clip => ({ result, url: 'blob:', fileName: 'clip.mp4' })
  const session: Partial<Session> = {
    ...state,
    collect: () => () => undefined,
    async generate(_input, { onKept } = {}) {
      onKept?.('run-1')
      return clipOf(resultOf(settings))
    },
    live: async () => ({ ...clipOf(filmOf(settings, 9)), result: filmOf(settings, 9) }),
    isWithheld: () => false,
    discardRun: async (id) => void discarded.push(id),
  }
  const files: Partial<StudioClient> = {
    keep: async ({ ...facts }) => ({
      clip: { id: 'c1', madeAt: 1, facts, bytes: 3, isStarred: false, ...(isUnsaved && { isUnsaved }) },
      place: 'disk',
    }),
    settle: async (isOver) => void settled.push(isOver),
  }
  const studio = createStudio({
    session: session as Session,
    library: {} as ModelLibrary,
    entries: [],
    files: files as StudioClient,
    storage: undefined,
    pictures: createPictures(undefined),
    writer: { entry: WRITER, canWrite: async () => false, write: async () => '', stop: () => undefined },
    page: 'https://zoetrope.test/',
  })
  studio.queue.add([{ prompt: 'a red ball' }])
  await new Promise((resolve) => setTimeout(resolve))
  await studio.live.start()
  return { discarded, settled }
}

it('leaves the run of a clip, and the drafts, where the disk has no room for the clip', async () => {
  expect(await made(false)).toEqual({ discarded: ['run-1'], settled: [true, true] })
  expect(await made(true)).toEqual({ discarded: [], settled: [false, false] })
})
