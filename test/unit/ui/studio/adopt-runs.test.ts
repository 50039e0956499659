import { describe, expect, it, vi } from 'vitest'
import type { ClipRecord } from '../../../../src/protocol/gallery'
import type { InterruptedRun } from '../../../../src/protocol/runs'
import { createStore } from '../../../../src/ui/store'
import { adoptRuns } from '../../../../src/ui/studio/adopt-runs'
import type { ClipsState } from '../../../../src/ui/studio/clips'
import type { QueueState } from '../../../../src/ui/studio/queue'
import { resultOf, settings } from '../../worker/fake-engine'

const RUN: InterruptedRun = {
  id: 'run-1',
  settings,
  model: { id: 'fake', title: 'Fake' },
  adapter: 'GPU',
  begunAt: 1_000,
  stage: 'decode',
  step: 33,
  steps: 33,
}
const { mp4: _mp4, ...facts } = resultOf(settings)
const CLIP: ClipRecord = { id: 'clip', madeAt: 2_000, facts, bytes: 3, isStarred: false }

async function adopted(
  run: Partial<InterruptedRun>,
  clip: Partial<ClipRecord> = {},
  isLoaded = true,
  { isSecondTab = false, own = [] as readonly string[], others = [] as readonly string[] } = {},
): Promise<{ adopted: string[]; discarded: string[] }> {
  const discarded: string[] = []
  const adopt = vi.fn<(runs: readonly InterruptedRun[]) => void>()
  const session = {
    interruptedRuns: async () => [
      { ...RUN, ...run },
      { ...RUN, id: 'another', step: 3 },
    ],
    discardRun: async (id: string) => void discarded.push(id),
  }
  const queue: QueueState = {
    items: own.map((id) => ({ id, input: {}, model: undefined, state: 'waiting', run: id })),
    isPaused: false,
    isInterrupted: own.length > 0,
  }
  const clips = createStore<ClipsState>({
    clips: [],
    place: 'disk',
    isLoaded: false,
    deleted: [],
    error: undefined,
  })
  if (isLoaded) setTimeout(() => clips.set({ isLoaded: true, clips: [{ ...CLIP, ...clip }] }), 10)
  await adoptRuns(
    session,
    clips,
    { adopt, get: () => queue },
    {
      patience: 50,
      isSecondTab,
      claimed: async () => new Set([...own, ...others]),
    },
  )
  return { adopted: adopt.mock.calls.flatMap(([runs]) => runs.map(({ id }) => id)), discarded }
}

describe('a run that was interrupted', () => {
  it('is over where its clip was kept all the same', async () => {
    expect(await adopted({})).toEqual({ adopted: ['another'], discarded: ['run-1'] })
  })

  it('is left to the tab in which it waits', async () => {
    const first = (others: readonly string[], own: readonly string[]) =>
      adopted({ step: 9 }, {}, true, { others, own })
    expect(await first(['run-1'], [])).toEqual({ adopted: ['another'], discarded: [] })
    expect(await first([], ['run-1'])).toEqual({ adopted: ['run-1', 'another'], discarded: [] })
  })

  it('is offered in a second tab only where that tab began it', async () => {
    const second = (own: readonly string[]) => adopted({ step: 9 }, {}, true, { isSecondTab: true, own })
    expect(await second(['run-1'])).toEqual({ adopted: ['run-1'], discarded: [] })
    expect(await second([])).toEqual({ adopted: [], discarded: [] })
  })

  it.each([
    ['has frames to come', { step: 32 }, {}],
    ['began after that clip', { begunAt: 3_000 }, {}],
    ['has another seed', { settings: { ...settings, seed: 8 } }, {}],
    ['is of another model', { model: { id: 'other', title: 'Other' } }, {}],
    ['made a clip that is in memory only', {}, { isUnsaved: true as const }],
    ['waits for a gallery that gives no answer', {}, undefined],
  ])('is offered where it %s', async (_what, run, clip) => {
    expect(await adopted(run, clip, clip !== undefined)).toEqual({
      adopted: ['run-1', 'another'],
      discarded: [],
    })
  })
})
