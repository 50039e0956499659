import { expect, it } from 'vitest'
import { clipFromFilm } from '../../../src/engine/live/film-clip'
import type { LiveResult } from '../../../src/protocol/engine'
import { filmOf, settings } from '../worker/fake-engine'

/** A film that ends once it is stopped, or after all of its frames. */
function filmRun(frames: number, stoppedAt: number) {
  let resolve: (result: LiveResult) => void
  const result = new Promise<LiveResult>((settle) => (resolve = settle))
  return {
    changes: [] as unknown[],
    change(change: unknown) {
      this.changes.push(change)
      resolve({ ...filmOf(settings, stoppedAt), notes: ['own'] })
    },
    end: () => resolve({ ...filmOf(settings, frames), notes: ['own'] }),
    result,
  }
}

it('is the whole film, without what another film would need', async () => {
  const run = filmRun(81, 0)
  const clip = clipFromFilm(run, 81, new AbortController().signal)
  run.end()
  expect(await clip).toMatchObject({ numFrames: 81, notes: ['own'] })
  expect(await clip).not.toHaveProperty('film')
})

it.each(['before it begins', 'on the way'])(
  'that is stopped and kept %s is as far as it was made',
  async (when) => {
    const run = filmRun(81, 33)
    const finish = new AbortController()
    if (when === 'before it begins') finish.abort()
    const clip = clipFromFilm(run, 81, finish.signal)
    finish.abort()
    expect(await clip).toMatchObject({
      numFrames: 33,
      notes: ['Stopped after frame 33 of 81, and kept as far as it was made.', 'own'],
    })
    expect(run.changes).toEqual([{ stop: true }])
  },
)
