// Encoders that are missing, break, hang or lie: the next one takes over with every frame, and cancel works in each
// wait.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findBox } from '../../../src/media/mp4-boxes'
import { openVideoWriter, probeVideo, type VideoWriter } from '../../../src/media/video-writer'
import { fakeCodecs, type Behaviour, type FakeCodecs } from '../../support/fake-codecs'

const SHAPE = { width: 32, height: 16, fps: 16 }
const BYTES = (32 * 16 * 3) / 2
const FRAMES = 9

const recipe = {
  app: 'Zoetrope',
  appVersion: '0',
  model: 'fake',
  modelVersion: '1',
  fps: 16,
  prompt: 'a red ball',
  negativePrompt: '',
  seed: 7,
  width: 32,
  height: 16,
  numFrames: FRAMES,
  numInferenceSteps: 1,
  guidanceScale: 1,
  shift: 3,
  sampler: 'unipc',
  cache: 'off',
  decoder: 'full',
  upscale: 1,
} as const

let codecs: FakeCodecs
const behave = (behaviours: Record<string, Behaviour>): void => void (codecs = fakeCodecs(behaviours))

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** Time goes by until the promise is settled; no more than so many seconds. */
async function settled<T>(promise: Promise<T>, seconds = 120): Promise<T> {
  let isOver = false
  const over = promise.finally(() => (isOver = true))
  over.catch(() => undefined)
  for (let i = 0; i < seconds * 10 && !isOver; i++) {
    await vi.advanceTimersByTimeAsync(100)
    await new Promise((resolve) => setImmediate(resolve)) // blobs are read in another thread
  }
  expect(isOver).toBe(true)
  return over
}

async function film(signal?: AbortSignal): Promise<{ writer: VideoWriter; mp4: Uint8Array<ArrayBuffer> }> {
  const writer = openVideoWriter({ ...SHAPE, recipe, ...(signal && { signal }) })
  for (let i = 0; i < FRAMES; i++) await writer.addFrame(new Uint8Array(BYTES).fill(100 + i))
  return { writer, mp4: await writer.finish() }
}

/** The first byte of every frame, in the order of the file. */
function framesOf(mp4: Uint8Array): number[] {
  const box = findBox(mp4, ['mdat'])
  if (box === undefined) throw new Error('no samples')
  return Array.from(mp4.subarray(box.bodyStart, box.end)).filter((_, i) => i % 2 === 0)
}

const WHOLE = Array.from({ length: FRAMES }, (_, i) => 100 + i)

describe('a film', () => {
  it.each([
    ['that all goes well', {}, 'H.264', 0],
    ['whose first codec is not supported', { 'avc1.64': { isUnsupported: true } }, 'H.264', 0],
    ['whose first codec never says so', { 'avc1.64': { neverSays: true } }, 'H.264', 0],
    ['without H.264', { avc1: { isUnsupported: true }, 'soft avc1': { isUnsupported: true } }, 'VP9', 0],
    ['whose encoder dies at frame 4', { 'avc1.64': { diesAt: 4 } }, 'H.264', 1],
    ['whose encoder dies at the last frame', { 'avc1.64': { diesAt: FRAMES - 1 } }, 'H.264', 1],
    [
      'whose H.264 encoders all die, at different frames',
      { 'avc1.64': { diesAt: 8 }, 'avc1.42': { diesAt: 3 }, 'soft avc1': { diesAt: 1 } },
      'VP9',
      3,
    ],
    ['whose encoder stops giving frames', { 'avc1.64': { stallsAt: 2 } }, 'H.264', 1],
    ['whose flush never ends', { 'avc1.64': { flush: 'never' } }, 'H.264', 1],
    ['whose flush fails', { 'avc1.64': { flush: 'fails' } }, 'H.264', 1],
    ['whose encoder loses frames', { 'avc1.64': { loses: 2 } }, 'H.264', 1],
    ['whose encoder is slow, which is no fault', { 'avc1.64': { pace: 15_000 } }, 'H.264', 0],
    [
      'whose idle encoder the browser takes away',
      { 'avc1.64': { diesAt: 5, dies: 2, dieName: 'QuotaExceededError' } },
      'H.264',
      0,
    ],
  ] as const)('%s is whole', async (_what, behaviours, codec, notes) => {
    behave(behaviours)
    const { writer, mp4 } = await settled(film(), 400)
    expect(framesOf(mp4)).toEqual(WHOLE)
    expect(writer.codec).toBe(codec)
    expect(writer.notes).toHaveLength(notes)
    expect(codecs.open).toEqual({ encoders: 0, frames: 0 })
  })

  it('has a note on what failed', async () => {
    behave({
      'avc1.64': { diesAt: 4 },
      'avc1.42': { isUnsupported: true },
      'soft avc1': { isUnsupported: true },
    })
    const { writer } = await settled(film())
    expect(writer.notes[0]).toMatch(
      /^The H\.264 encoder stopped at frame [4-9] of 32×16: The driver went away\. The film was encoded with VP9 instead\.$/,
    )
  })

  it('that no encoder makes says what each did', async () => {
    behave({
      'avc1.64': { diesAt: 4 },
      'avc1.42': { isUnsupported: true },
      'soft avc1': { isUnsupported: true },
      vp09: { flush: 'fails' },
      av01: { isUnsupported: true },
    })
    await expect(settled(film())).rejects.toMatchObject({
      code: 'video-broken',
      message: expect.stringMatching(
        /^The VP9 encoder did not finish a film.*The H\.264 encoder stopped.*No other encoder is left\. Turn hardware/,
      ) as string,
    })
    expect(codecs.open).toEqual({ encoders: 0, frames: 0 })
  })

  it.each([
    ['an encoder stalls', { 'avc1.64': { stallsAt: 2 } }],
    ['a flush does not end', { 'avc1.64': { flush: 'never' } }],
    ['it is not known whether a codec works', { 'avc1.64': { neverSays: true } }],
  ] as const)('is cancelled at once while %s', async (_what, behaviours) => {
    behave(behaviours)
    const stop = new AbortController()
    const making = film(stop.signal)
    making.catch(() => undefined)
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersByTimeAsync(10)
      await new Promise((resolve) => setImmediate(resolve))
    }
    stop.abort(new Error('cancelled'))
    await expect(making).rejects.toThrow('cancelled')
  })
})

describe('the probe before the run', () => {
  it('names the codec that will be used', async () => {
    behave({ 'avc1.64': { isUnsupported: true } })
    expect((await settled(probeVideo(SHAPE))).config.codec).toBe('avc1.420028')
    expect(codecs.open).toEqual({ encoders: 0, frames: 0 })
  })

  it('refuses where no codec works, or none is there', async () => {
    behave({
      avc1: { diesAt: 0 },
      'soft avc1': { flush: 'fails', diesAt: 0 },
      vp09: { isUnsupported: true },
      av01: { neverSays: true },
    })
    await expect(settled(probeVideo(SHAPE))).rejects.toMatchObject({
      code: 'codec-missing',
      message: expect.stringMatching(
        /^This browser encodes none of H\.264, VP9 and AV1 at 32×16\./,
      ) as string,
    })
    vi.stubGlobal('VideoEncoder', undefined)
    await expect(probeVideo(SHAPE)).rejects.toMatchObject({ code: 'codec-missing' })
  })

  it.each([
    [{ fps: 23.976 }, 'model-invalid', /23\.976 is not\. Correct "fps" in its manifest\.json/],
    [{ fps: 0 }, 'model-invalid', /from 1 to 240/],
    [{ fps: 1000 }, 'model-invalid', /from 1 to 240/],
    [{ width: 33 }, 'invalid-settings', /width must be an even number of pixels; 33 is not/],
    [{ height: 0 }, 'invalid-settings', /height must be an even number/],
  ])('refuses %j', async (wrong, code, message) => {
    behave({})
    await expect(probeVideo({ ...SHAPE, ...wrong })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
    expect(codecs.configured).toEqual([])
  })
})
