import { expect, it } from 'vitest'
import { settingsToReuse } from '../../../../src/ui/studio/settings-of'
import { filmOf, resultOf, settings } from '../../worker/fake-engine'

it('a film gives another clip neither its length nor its steps', () => {
  const { prompt, seed, width, height, decoder, upscale } = settings
  expect(settingsToReuse(filmOf(settings, 481))).toEqual({ prompt, seed, width, height, decoder, upscale })
})

it('a clip gives all of its settings, also one that was made as a film of whole chunks', () => {
  expect(settingsToReuse(resultOf(settings))).toEqual(settings)
  const { live, ...film } = filmOf(settings, 57)
  expect(settingsToReuse({ ...film, live: { ...live!, askedFrames: 49 } })).toEqual({
    ...settings,
    numFrames: 49,
  })
})
