import { expect, it } from 'vitest'
import { cardOf } from '../../../src/engine/card'
import { BUILT_IN } from '../../../src/engine/extensions'
import { openLive } from '../../../src/engine/live/open-live'
import { liveOf } from '../../../src/engine/model/live-facts'
import type { Workshop } from '../../../src/engine/workshop'
import type { GenerationInput, LiveInput } from '../../../src/protocol/engine'
import { fullSizeModel } from '../../support/full-size'
import { fakeEngine } from '../worker/fake-engine'

const { card } = fakeEngine(
  () => Promise.reject(new Error('unused')),
  () => Promise.reject(new Error('unused')),
)
const films = openLive({} as Workshop, card, () => Promise.reject(new Error('it was checked')))
const run = (input: LiveInput) => films.run(input, {}, new AbortController().signal, (work) => work()).result

it.each([
  ['its end', { keepsEnd: true }, /^Fake makes .* keeps no last frame .* Leave out --keep-end, or/],
  ['the colours of a series', { holdsColours: true }, /^Fake makes .* colours\. Leave out --hold-colours/],
])('a film that is asked for %s is refused before it is planned or made', async (_, wish, sentence) => {
  const input = { prompt: 'a red ball', ...wish }
  await expect(films.plan(input)).rejects.toThrow(sentence)
  await expect(run(input)).rejects.toMatchObject({ code: 'invalid-settings' })
  await expect(run({ prompt: 'a red ball', keepsEnd: false, holdsColours: false })).rejects.toThrow(
    'it was checked',
  )
})

it('goes on from a film without what another one would begin with', async () => {
  const asked: GenerationInput[] = []
  const going = openLive({} as Workshop, card, (input) => {
    asked.push(input)
    return Promise.reject(new Error('it was checked'))
  })
  const before = { mp4: new Uint8Array(), seed: 5, frames: 9, latents: [], prompts: [], given: {} }
  const input = { prompt: 'a', seed: 7, image: new Blob(['a']), lastImage: new Blob(['b']) }
  await expect(going.plan({ ...input, live: { before } })).rejects.toThrow('it was checked')
  await expect(going.plan({ ...input, live: {} })).rejects.toThrow('it was checked')
  expect(asked).toEqual([
    { prompt: 'a', seed: 5, decoder: 'full' },
    { ...input, decoder: 'full' },
  ])
})

it.each([
  ['makes its clips as films', 'dit', true],
  ['has a student that makes films', 'causalDit', undefined],
] as const)('the card of a model that %s', (_, role, clipsAreFilms) => {
  const files = fullSizeModel()
  const manifest = { ...files.manifest, live: { ...liveOf('self-forcing-1.3b')!, role } }
  const { model } = cardOf({ ...files, manifest }, { adapter: 'fake', kind: 'software' }, BUILT_IN)
  expect(model.live?.clipsAreFilms).toBe(clipsAreFilms)
})
