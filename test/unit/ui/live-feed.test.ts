import { expect, it } from 'vitest'
import { FramePlayer } from '../../../src/ui/live/frame-player'
import { createLiveFeed } from '../../../src/ui/live/live-feed'

const frame = (index: number) => ({ index, width: 2, height: 2, i420: new Uint8Array(6) })

it('a film that waits to be watched goes on once somebody looks again', () => {
  const feed = createLiveFeed()
  const { onFrame } = feed.events(() => undefined)
  feed.watch(() => undefined)()
  for (let index = 0; index < 160; index++) onFrame(frame(index))
  const watched: number[] = []
  const drawn: number[] = []
  const player = new FramePlayer({
    fps: 16,
    chunkFrames: 12,
    draw: ({ index }) => drawn.push(index),
    onWatched: (frames) => watched.push(frames),
  })
  feed.watch((each) => player.push(each, 0))
  player.tick(0)
  expect({ drawn, watched }).toEqual({ drawn: [159], watched: [160] })
})

it('shows nothing of a film that is over', () => {
  const feed = createLiveFeed()
  feed.events(() => undefined).onFrame(frame(0))
  feed.end()
  const seen: number[] = []
  feed.watch(({ index }) => seen.push(index))
  feed.events(() => undefined).onFrame(frame(3))
  expect(seen).toEqual([3])
})
