import { expect, it } from 'vitest'
import type { Materials } from '../../../src/engine/clip-job'
import { clipFromFilm, lengthNotes } from '../../../src/engine/live/film-clip'
import { liveOf } from '../../../src/engine/model/live-facts'
import type { LiveResult } from '../../../src/protocol/engine'
import { sentence } from '../../../src/ui/text/zh/sentences'
import { fullSizeModel } from '../../support/full-size'
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

it.each([
  ['is', 'self-forcing-1.3b', 81, false, undefined],
  ['is not', 'self-forcing-1.3b', 49, false, 57],
  ['with a picture is', 'self-forcing-1.3b', 49, true, undefined],
  ['with a picture is not', 'self-forcing-1.3b', 53, true, 61],
  ['frame by frame always is', 'causal-forcing-framewise-1.3b', 49, false, undefined],
])('says how long it comes out where its length %s one of whole chunks', (_, id, asked, begins, frames) => {
  const files = fullSizeModel()
  const manifest = { ...files.manifest, live: liveOf(id)! }
  const pictures = { first: { sha256: '' } }
  const materials = { files: { ...files, manifest }, ...(begins && { pictures }) } as unknown as Materials
  const note = `Frames ${asked} became ${frames}: ${manifest.name} makes 12 at a time.`
  expect(lengthNotes(asked, materials)).toEqual(frames === undefined ? [] : [note])
  if (frames) expect(sentence(note)).toContain('模型只能生成某些帧数')
})
