import { describe, expect, it } from 'vitest'
import { placeFrames, ranks, type KvSlots, type KvWindow } from '../../../../src/models/blocks/kv-cache'

/** The film's frames in the cache after each chunk, in the film's order. */
function film(window: KvWindow, chunk: number, chunks: number): number[][] {
  let slots: KvSlots = []
  return Array.from({ length: chunks }, (_, i) => {
    // A step of the same chunk finds its frames where they are.
    const { slots: next, at } = placeFrames(slots, window, i * chunk, chunk)
    expect(placeFrames(next, window, i * chunk, chunk)).toEqual({ slots: next, at })
    slots = next
    return [...slots].sort((a, b) => a - b)
  })
}

const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)

describe('the frames that a cache holds', () => {
  it('are all of a film that is no longer than it', () => {
    expect(film({ frames: 12, sink: 0 }, 3, 4)).toEqual([3, 6, 9, 12].map((end) => range(0, end)))
  })

  it('are the sink’s and the latest, as the official rolling cache has them', () => {
    // Window 9, sink 3, chunks of 3: 0-8; 0-2, 6-11; 0-2, 9-14; 0-2, 12-17.
    const sink = [0, 1, 2]
    expect(film({ frames: 9, sink: 3 }, 3, 6).slice(2)).toEqual([
      range(0, 9),
      [...sink, ...range(6, 12)],
      [...sink, ...range(9, 15)],
      [...sink, ...range(12, 18)],
    ])
  })

  it('are the latest alone without a sink, also where chunks do not divide the window', () => {
    expect(film({ frames: 4, sink: 0 }, 1, 6).at(-1)).toEqual(range(2, 6))
    expect(film({ frames: 8, sink: 1 }, 3, 4).at(-1)).toEqual([0, ...range(5, 12)])
  })

  it('never move: a film of any length takes the same slots again', () => {
    let slots: KvSlots = []
    for (let i = 0; i < 1000; i++) ({ slots } = placeFrames(slots, { frames: 12, sink: 3 }, 3 * i, 3))
    expect(slots).toHaveLength(12)
    expect(slots.slice(0, 3)).toEqual([0, 1, 2])
  })

  it('have their places in the film’s order', () => {
    expect(ranks([0, 1, 2, 9, 7, 8])).toEqual([0, 1, 2, 5, 3, 4])
  })

  it('are refused where the window is too small for the chunk', () => {
    const { slots } = placeFrames([], { frames: 4, sink: 2 }, 0, 3)
    expect(() => placeFrames(slots, { frames: 4, sink: 2 }, 3, 3)).toThrow(
      'A window of 4 latent frames cannot hold 2 that stay and a chunk of 3. Choose a larger window.',
    )
  })
})
