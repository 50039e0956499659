import { expect, it } from 'vitest'
import type { Clip, Session, SessionState } from '../../../../src/ui/session-state'
import { createStore } from '../../../../src/ui/store'
import { createStudio } from '../../../../src/ui/studio/studio'
import type { StudioClient } from '../../../../src/worker/studio-client'
import { filmOf, resultOf, settings } from '../../worker/fake-engine'
import { idleParts } from './idle-parts'

/** Makes a clip and a film on a disk with or without room; what becomes of the clip's run and of their drafts. */
async function made(isUnsaved: boolean) {
  const discarded: string[] = []
  const settled: [boolean, string | undefined][] = []
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
    settle: async (isOver, clip) => void settled.push([isOver, clip]),
    remove: async () => undefined,
  }
  const studio = createStudio({
    session: session as Session,
    ...idleParts(),
    files: files as StudioClient,
  })
  studio.queue.add([{ prompt: 'a red ball' }])
  await new Promise((resolve) => setTimeout(resolve))
  await studio.live.start()
  return { discarded, settled, clips: studio.clips }
}

it('leaves the run of a clip, and the drafts, where the disk has no room for the clip', async () => {
  const there = [true, 'c1']
  expect(await made(false)).toMatchObject({ discarded: ['run-1'], settled: [there, there] })
  const memory = [false, 'c1']
  expect(await made(true)).toMatchObject({ discarded: [], settled: [memory, memory] })
})

it('discards the run of a clip that found no room once the clip is deleted', async () => {
  const { discarded, clips } = await made(true)
  await clips.remove(['another'])
  expect(discarded).toEqual([])
  await clips.remove(['c1'])
  expect(discarded).toEqual(['run-1'])
})
