import { expect, it, vi } from 'vitest'
import { ZoetropeError, type ErrorCode } from '../../../../src/protocol/errors'
import type { LiveInput } from '../../../../src/protocol/engine'
import type { Session, SessionState } from '../../../../src/ui/session-state'
import { createStore } from '../../../../src/ui/store'
import { filmInput, filmLimits } from '../../../../src/ui/studio/film-input'
import { createLive, type LiveNeeds } from '../../../../src/ui/studio/live'
import type { StudioInput } from '../../../../src/ui/studio/studio-input'
import { filmOf, LIMITS, settings } from '../../worker/fake-engine'

/** @param codes of the errors with which films fail, one after the other; then they are made */
function liveWith(input: StudioInput, ...codes: ErrorCode[]) {
  const state = createStore({ engine: undefined, problem: undefined } as unknown as SessionState)
  const asked: LiveInput[] = []
  const rescue = vi.fn(() => Promise.resolve(0))
  const settle = vi.fn(() => Promise.resolve())
  const keep = vi.fn((..._given: unknown[]) => Promise.resolve(undefined))
  const said: string[] = []
  const session = {
    ...state,
    collect: () => () => undefined,
    live(given: LiveInput) {
      asked.push(given)
      const code = codes.shift()
      if (code === undefined) {
        const result = filmOf(settings, 33)
        state.set({ film: { film: result.film, settings } })
        return Promise.resolve({ result, url: '', fileName: '' })
      }
      if (code !== 'busy') state.set({ problem: { code, message: `It is ${code}.` } })
      return Promise.reject(new ZoetropeError(code, `It is ${code}.`))
    },
  }
  const live = createLive({
    session: session as unknown as Session,
    form: { input: () => input, showSeed: () => undefined },
    clips: { keep, rescue },
    loras: { records: () => [], inputs: () => Promise.resolve([]) },
    writer: { stop: () => undefined },
    say: (text: string) => said.push(text),
    files: { draft: () => Promise.resolve(), settle, end: () => Promise.reject(new Error('unused')) },
  } as unknown as LiveNeeds)
  return { live, state, asked, rescue, keep, said }
}

it('leaves the draft of a running video alone, and says that there is one', async () => {
  const { live, rescue, said } = liveWith({ prompt: 'a red ball' }, 'busy')
  await live.start()
  expect(rescue).not.toHaveBeenCalled()
  expect(said).toEqual(['It is busy.'])
  expect(live.get().problem).toBeUndefined()
})

it('makes a film that failed once more, and as a film', async () => {
  const { live, state, asked, rescue } = liveWith({ prompt: 'a red ball', seed: '' }, 'device-lost')
  await live.start({ seconds: 3 })
  expect(live.get().problem).toBe(state.get().problem)
  expect(rescue).toHaveBeenCalledOnce()
  await live.retry(7)
  expect(asked).toEqual([
    { prompt: 'a red ball', seed: '', live: { seconds: 3 } },
    { prompt: 'a red ball', seed: 7, live: { seconds: 3 } },
  ])
})

it('keeps what a film began with beside its continuation, whatever the form has by then', async () => {
  const image = new Blob(['a'])
  const input = { prompt: 'a red ball', image }
  const { live, asked, keep } = liveWith(input)
  await live.start()
  input.image = new Blob(['another'])
  await live.extend()
  expect(asked[1]!.live?.before).toMatchObject({ frames: 33 })
  expect(keep.mock.calls.map(([, , beside]) => beside)).toEqual([
    { picture: image, given: [] },
    { picture: image, given: [] },
  ])
})

it('takes of the settings what a film has', () => {
  const control = { task: 'depth' } as unknown as NonNullable<StudioInput['control']>
  const input = { prompt: 'a', width: '64', numFrames: '900', shift: 'x', holdsColours: true, control }
  expect(filmInput(input)).toEqual({ prompt: 'a', width: '64', control })
  expect(input.numFrames).toBe('900')
})

it('is on where it was chosen, and the model makes films', () => {
  const { live, state } = liveWith({ prompt: 'a' })
  live.choose(true)
  expect(live.isOn()).toBe(false)
  const card = { firstFrames: 1, chunkFrames: 8, decoder: 'tiny' } as const
  state.set({ engine: { adapter: 'GPU', model: { live: card } } } as unknown as SessionState)
  expect(live.isOn()).toBe(true)
  live.choose(false)
  expect(live.isOn()).toBe(false)
  expect(filmLimits(LIMITS, card).defaults).toEqual({ ...LIMITS.defaults, decoder: 'tiny' })
})
