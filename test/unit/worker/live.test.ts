import { afterEach, expect, it } from 'vitest'
import type { VideoEngine } from '../../../src/protocol/engine'
import { limitsWithUpscaler } from '../../../src/protocol/limits'
import type { LiveFrame } from '../../../src/protocol/live'
import { normaliseSettings } from '../../../src/protocol/normalise'
import type { EngineClient } from '../../../src/worker/client'
import { createSession } from '../../../src/ui/session'
import { connected, fakeEngine, filmOf, LIMITS, resultOf, settings, type LiveWork } from './fake-engine'

let client: EngineClient | undefined
afterEach(() => client?.close())

const REQUEST = { model: { kind: 'url', url: 'https://example.org/m/' } } as const
const frame = (index: number): LiveFrame => ({ index, width: 2, height: 2, i420: new Uint8Array(6) })

async function open(film: LiveWork): Promise<VideoEngine> {
  client = connected(async () => fakeEngine(async (given) => resultOf(given), film))
  return client.open(REQUEST)
}

/** Gives frames until it is stopped. */
const untilStopped: LiveWork = async (_input, events, next) => {
  const prompts: string[] = []
  for (let made = 0; ; made++) {
    events.onFrame?.(frame(made))
    events.onPiece?.(new Uint8Array([made]))
    const change = await next()
    if ('stop' in change) return { ...filmOf(settings, made + 1), notes: prompts }
    if ('prompt' in change) prompts.push(change.prompt)
  }
}

it('gives a film frame by frame, and takes changes on the way', async () => {
  const engine = await open(untilStopped)
  const frames: number[] = []
  const pieces: number[] = []
  const run = engine.live(
    { prompt: 'a red ball' },
    { onFrame: ({ index }) => frames.push(index), onPiece: (bytes) => pieces.push(...bytes) },
  )
  run.change({ prompt: 'a fish' }) // before it has begun
  run.change({ prompt: 'a bird' })
  run.change({ stop: true })
  const result = await run.result
  expect(result).toMatchObject({ numFrames: 3, notes: ['a fish', 'a bird'], realTimeFactor: 2 })
  expect(frames).toEqual([0, 1, 2])
  expect(pieces).toEqual([0, 1, 2])
})

it('is cancelled, and refused while another video is made', async () => {
  const engine = await open(
    (_input, _events, _next, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('late')))
      }),
  )
  const stop = new AbortController()
  const run = engine.live({ prompt: 'a red ball' }, {}, stop.signal)
  await expect(engine.generate({ prompt: 'a boat' })).rejects.toMatchObject({ code: 'busy' })
  stop.abort()
  await expect(run.result).rejects.toMatchObject({ code: 'cancelled' })
})

it('shows on the page what has come, and keeps the film for another that goes on', async () => {
  client = connected(async () => fakeEngine(async (given) => resultOf(given), untilStopped))
  const session = createSession({ client, request: REQUEST, missing: undefined })
  const seen: number[] = []
  const forget = session.watch(({ index }) => seen.push(index))
  const making = session.live({ prompt: 'a red ball', seed: 3 })
  await expect.poll(() => session.get().job?.live?.frames).toBe(1)
  expect(session.get().job?.live?.firstFrameSeconds).toBeGreaterThanOrEqual(0)
  session.reportPlaying({ playing: 'real-time', speed: 1.2, buffered: 3 })
  expect(session.get().job?.live).toMatchObject({ playing: 'real-time', buffered: 3, frames: 1 })
  session.change({ prompt: 'a fish' })
  await expect.poll(() => session.get().job?.live?.frames).toBe(2)
  session.change({ stop: true })
  expect(session.get().job?.isStopping).toBe(true)
  const { result } = await making
  forget()
  expect(seen).toEqual([0, 1])
  expect(result.numFrames).toBe(2)
  expect(session.get()).toMatchObject({ job: undefined, film: { film: { frames: 2 } } })
})

it('a film may be enlarged by an upscaler of the user, and its notes come once', async () => {
  const film: LiveWork = async (given) => {
    const checked = normaliseSettings(given, limitsWithUpscaler(LIMITS))
    if (!checked.ok) throw new Error(checked.reason)
    return { ...filmOf(checked.settings, 9), notes: checked.notes }
  }
  client = connected(async () => fakeEngine(async (given) => resultOf(given), film))
  const session = createSession({ client, request: REQUEST, missing: undefined })
  const upscaler = new File(['a'], 'realesr.pth')
  const { result } = await session.live({ prompt: 'a red ball', width: 100, upscale: 2, upscaler })
  expect(result).toMatchObject({ upscale: 2, width: 96 })
  expect(result.notes).toEqual(['Width 100 became 96: sides are multiples of 16.'])
})
