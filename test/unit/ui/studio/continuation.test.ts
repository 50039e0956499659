import { expect, it } from 'vitest'
import { goesOn } from '../../../../src/ui/studio/continuation'

const live = { firstFrames: 29, chunkFrames: 32, decoder: 'full' } as const

it.each([
  ['that takes a picture', { takesPicture: true }, true],
  ['beside which a student makes films', { takesPicture: true, live }, true],
  ['whose clips are films', { takesPicture: true, live: { ...live, clipsAreFilms: true } }, false],
  ['that follows a control', { takesPicture: true, takesControl: true }, false],
  ['that takes no picture', { takesPicture: false }, false],
])('a clip of a model %s: whether it keeps an end for the next one', (_, model, answer) => {
  expect(goesOn(model)).toBe(answer)
})
