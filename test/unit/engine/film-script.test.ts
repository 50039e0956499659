import { expect, it } from 'vitest'
import type { FilmRequest } from '../../../src/engine/live/film-request'
import { FilmScript } from '../../../src/engine/live/film-script'
import { liveOf } from '../../../src/engine/model/live-facts'
import type { FilmSoFar } from '../../../src/protocol/live'
import { fullSizeModel } from '../../support/full-size'
import { settings } from '../worker/fake-engine'

const facts = liveOf('self-forcing-1.3b')!
const files = fullSizeModel()
const { fps } = files.manifest.defaults

/** A film of one prompt from a latent frame on. */
function scriptOf(prompt: string, first: number, more: { seconds?: number; before?: FilmSoFar } = {}) {
  const { seconds, before } = more
  const request = {
    settings: { ...settings, prompt, numFrames: 49 },
    live: { prompts: [{ seconds: 0, prompt }], cache: 'auto', ...(seconds && { seconds }) },
    materials: { files },
    ...(before && { before }),
  } as unknown as FilmRequest
  return new FilmScript(request, { facts, window: facts.window, prompts: [{ first, prompt: 0 }] })
}

const BEFORE: FilmSoFar = {
  mp4: new Uint8Array(),
  seed: 7,
  frames: 9,
  latents: [],
  prompts: [{ seconds: 0, prompt: 'a red ball' }],
  given: { imageSha256: 'a'.repeat(64) },
}

it('the recipe of a film that goes on has all prompts, and what it began with', () => {
  const recipe = scriptOf('a green fish', 3, { before: BEFORE }).recipe(57)
  expect(recipe).toMatchObject({ prompt: 'a red ball', imageSha256: 'a'.repeat(64), numFrames: 57 })
  expect(recipe.live.prompts).toEqual([
    { seconds: 0, prompt: 'a red ball' },
    { seconds: 9 / fps, prompt: 'a green fish' },
  ])
})

it('names a prompt that goes on once', () => {
  const script = scriptOf('a red ball', 3, { before: BEFORE })
  script.add(6, 'a green fish')
  expect(script.recipe(57).live.prompts.map(({ prompt }) => prompt)).toEqual(['a red ball', 'a green fish'])
})

it('tells a clip of a set length from a film', () => {
  expect(scriptOf('a', 0, { seconds: 49 / fps }).recipe(57).live.askedFrames).toBe(49)
  expect(scriptOf('a', 0, { seconds: 30 }).recipe(57).live).not.toHaveProperty('askedFrames')
  expect(scriptOf('a', 0).recipe(57).live).not.toHaveProperty('askedFrames')
})
