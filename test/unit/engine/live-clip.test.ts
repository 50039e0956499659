import { expect, it } from 'vitest'
import { framesFor, videoFrames } from '../../../src/engine/live/live-clip'
import { liveOf, type LiveFacts } from '../../../src/engine/model/live-facts'

const FPS = 16
const GEOMETRY = { channels: 16, stride: { frames: 4, height: 8, width: 8 }, patch: [1, 2, 2] } as const
const CHUNKWISE = liveOf('self-forcing-1.3b')!
const FRAMEWISE = liveOf('causal-forcing-framewise-1.3b')!
const FIRST_ALONE: LiveFacts = { ...CHUNKWISE, isFirstAlone: true }

it.each([
  ['a chunk is the least', CHUNKWISE, 1, 0, 0, 9],
  ['chunks are whole', CHUNKWISE, 82, 0, 0, 93],
  ['of three frames each', CHUNKWISE, 81, 0, 0, 81],
  ['of one frame each', FRAMEWISE, 81, 0, 0, 81],
  ['after one alone', FIRST_ALONE, 13, 0, 0, 13],
  ['a picture is one of the frames', FRAMEWISE, 81, 0, 1, 81],
  ['a picture is the first one alone', FIRST_ALONE, 13, 0, 1, 13],
  ['an earlier film is not one of them', CHUNKWISE, 12, 21, 21, 93],
])('a film has the frames that were asked for: %s', (_, facts, asked, first, begun, frames) => {
  const found = framesFor(asked / FPS, FPS, GEOMETRY, facts, first, begun)
  expect(videoFrames(found, GEOMETRY)).toBe(frames)
})

it('a film has the frames that were asked for at any rate', () => {
  for (const fps of [15, 16, 24, 25, 30])
    for (let asked = 1; asked <= 401; asked += 4)
      expect(videoFrames(framesFor(asked / fps, fps, GEOMETRY, FRAMEWISE), GEOMETRY)).toBe(asked)
})
