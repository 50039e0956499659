// The file of a film: fragments on the way, an ordinary file at the end, and encoders that break in between.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openFilmWriter } from '../../../src/media/film-writer'
import { findBox, findBoxes, listBoxes } from '../../../src/media/mp4-boxes'
import { fakeCodecs, type Behaviour } from '../../support/fake-codecs'

const SHAPE = { width: 32, height: 16, fps: 4 }
const BYTES = (32 * 16 * 3) / 2

const recipe = {
  app: 'Zoetrope',
  appVersion: '0',
  model: 'fake',
  modelVersion: '1',
  fps: 4,
  prompt: 'a red ball',
  negativePrompt: '',
  seed: 7,
  width: 32,
  height: 16,
  numFrames: 0,
  numInferenceSteps: 1,
  guidanceScale: 1,
  shift: 3,
  sampler: 'unipc',
  cache: 'off',
  decoder: 'full',
  upscale: 1,
} as const

const behave = (behaviours: Record<string, Behaviour>): void => void fakeCodecs(behaviours)

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** Time goes by until the promise is settled. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let isOver = false
  const over = promise.finally(() => (isOver = true))
  over.catch(() => undefined)
  for (let i = 0; i < 1200 && !isOver; i++) {
    await vi.advanceTimersByTimeAsync(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(isOver).toBe(true)
  return over
}

async function film(frames: number) {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  const writer = await openFilmWriter({ ...SHAPE, recipe, onPiece: (bytes) => pieces.push(bytes) })
  for (let i = 0; i < frames; i++) await writer.addFrame(new Uint8Array(BYTES).fill(100 + i))
  return { writer, pieces, mp4: await writer.finish({ ...recipe, numFrames: frames }) }
}

/** The first byte of every frame, in the order of the file. */
function framesIn(mp4: Uint8Array): number[] {
  return listBoxes(mp4)
    .filter(({ type }) => type === 'mdat')
    .flatMap(({ bodyStart, end }) => [...mp4.subarray(bodyStart, end)].filter((_byte, i) => i % 2 === 0))
}

const expected = (frames: number): number[] => Array.from({ length: frames }, (_, i) => 100 + i)

describe('a film', () => {
  it('comes in fragments of a second, and whole at the end', async () => {
    behave({})
    const { pieces, mp4, writer } = await settled(film(10))
    expect(pieces.map((piece) => listBoxes(piece).map(({ type }) => type))).toEqual([
      ['ftyp', 'moov', 'moof', 'mdat', 'uuid'],
      ['moof', 'mdat'],
      ['moof', 'mdat'],
    ])
    expect(pieces.map(framesIn)).toEqual([
      [100, 101, 102, 103],
      [104, 105, 106, 107],
      [108, 109],
    ])
    const times = pieces.map((piece) => {
      const { bodyStart } = findBox(piece, ['moof', 'traf', 'tfdt'])!
      return Number(new DataView(piece.buffer, piece.byteOffset).getBigUint64(bodyStart + 4))
    })
    expect(times).toEqual([0, 4, 8])
    expect(findBoxes(pieces[0]!, ['moov', 'mvex', 'trex'])).toHaveLength(1)
    expect(framesIn(mp4)).toEqual(expected(10))
    expect(listBoxes(mp4).map(({ type }) => type)).toEqual(['ftyp', 'moov', 'mdat', 'uuid'])
    expect(writer.frames).toBe(10)
  })

  it('goes on with the next codec where the first breaks in the first second', async () => {
    behave({ 'avc1.6400': { diesAt: 2 } })
    const { mp4, writer } = await settled(film(6))
    expect(framesIn(mp4)).toEqual(expected(6))
    expect(writer.notes.join()).toContain('The film was encoded with H.264 instead.')
  })

  it('goes on with the same codec from the last fragment where it breaks later', async () => {
    behave({ 'avc1.6400': { diesAt: 6, dies: 1 } })
    const { mp4, pieces, writer } = await settled(film(10))
    expect(framesIn(mp4)).toEqual(expected(10))
    expect(pieces.flatMap(framesIn)).toEqual(expected(10))
    expect(writer.notes).toEqual([])
  })

  it('fails where an encoder keeps breaking, and what is there stays a film', async () => {
    const behaviours: Record<string, Behaviour> = { 'avc1.6400': { diesAt: 6 } }
    behave(behaviours)
    const writer = await openFilmWriter({ ...SHAPE, recipe })
    const adding = (async () => {
      for (let i = 0; i < 30; i++) {
        await writer.addFrame(new Uint8Array(BYTES).fill(100 + i))
        if (i === 0) behaviours['avc1.6400'] = { diesAt: 1 } // of every further one
      }
    })()
    await expect(settled(adding)).rejects.toMatchObject({ code: 'video-broken' })
    const { frames } = writer
    expect(frames % 4).toBe(0)
    expect(frames).toBeGreaterThan(0)
    expect(framesIn(await settled(writer.finish(recipe)))).toEqual(expected(frames))
  })
})
