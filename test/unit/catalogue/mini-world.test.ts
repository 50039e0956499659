import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { examplesFor } from '../../../src/catalogue/examples'
import { isMiniId, readForMini, rewriteForMini } from '../../../src/catalogue/mini-world'
import { presetsOf } from '../../../src/catalogue/presets'
import { CATALOGUE } from '../../../src/catalogue/catalogue'
import { limitsFor } from '../../../src/protocol/limits'
import { UPSCALES } from '../../../src/protocol/settings'
import { normaliseSettings } from '../../../src/protocol/normalise'

/** Of Wan 2.1's latents. */
const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

it.each([
  'a red ball bounces by day',
  'an orange balloon rising at sunset',
  'a small green fish drifts left under water',
  'two red balls and a blue car in snow',
  'a yellow star spins at night',
  'a green windmill rotating while it rains',
  'a video of a pink jellyfish floating up in the sea',
  'a blue sailboat glides to the right in the evening',
])('Mini knows every word of %j', (prompt) => {
  expect(readForMini(prompt)).toEqual({ hasNoSubject: false, unknown: [] })
})

it.each([
  ['a dragon dances in the moonlight', true, ['dragon', 'dances']],
  ['a red ball wearing a hat', false, ['wearing', 'hat']],
  ['一只红色的球', true, ['一只红色的球']],
  ['', true, []],
])('of %j it says what it never saw', (prompt, hasNoSubject, unknown) => {
  expect(readForMini(prompt)).toEqual({ hasNoSubject, unknown })
})

it.each([
  ['A tiny crimson sphere rolling on the floor at midnight', 'a small red ball moves right at night'],
  ['orange hot air balloon going up over hills in winter', 'an orange balloon rises in snow'],
  ['a ship sails left across the ocean at dawn', 'a red boat moves left at sunset'],
  ['jellyfish', 'a red jellyfish rises under water'],
  ['a dragon', undefined],
])('%j becomes %j', (prompt, rewritten) => {
  expect(rewriteForMini(prompt)).toBe(rewritten)
  if (rewritten !== undefined) expect(readForMini(rewritten)).toEqual({ hasNoSubject: false, unknown: [] })
})

it('the examples are prompts that their models know, each with its seed', () => {
  const mini = examplesFor('mini')
  expect(mini.length).toBe(6)
  for (const { prompt } of mini) expect(readForMini(prompt)).toEqual({ hasNoSubject: false, unknown: [] })
  for (const { seed } of [...mini, ...examplesFor('wan2.1-t2v-1.3b')])
    expect(Number.isInteger(seed)).toBe(true)
})

it.each(CATALOGUE.map((entry) => [entry.id, entry] as const))(
  'the presets of %s are settings that the gate takes as they are',
  (_id, entry) => {
    for (const preset of Object.values(presetsOf(entry))) {
      const checked = normaliseSettings(
        { prompt: 'x', ...preset },
        limitsFor(UNITS, entry.defaults, undefined, { hasTinyDecoder: true, upscales: UPSCALES }),
      )
      expect(checked).toMatchObject({ ok: true, settings: preset, notes: [] })
    }
  },
)

it('a model without presets of its own gets a draft that is less work', () => {
  const defaults = limitsFor(UNITS, {
    width: 640,
    height: 352,
    numFrames: 81,
    numInferenceSteps: 20,
  }).defaults
  const { draft, standard, quality } = presetsOf({ id: 'unheard-of', defaults, sizes: [] })
  expect(draft).toEqual({
    width: 320,
    height: 176,
    numFrames: 41,
    numInferenceSteps: 10,
    decoder: 'full',
    upscale: 1,
  })
  expect(standard).toEqual({
    width: 640,
    height: 352,
    numFrames: 81,
    numInferenceSteps: 20,
    decoder: 'full',
    upscale: 1,
  })
  const withTiny = presetsOf({ id: 'unheard-of', defaults, sizes: [], hasTinyDecoder: true })
  expect([withTiny.draft.decoder, withTiny.quality.decoder]).toEqual(['tiny', 'full'])
  expect(quality.numInferenceSteps).toBeGreaterThan(20)
})

it('Mini knows every word of the captions that it is trained on', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../training/world/captions.py'), 'utf8')
  const tables = source.slice(source.indexOf('SIZE_WORDS'), source.indexOf('SINGLE_FORMS'))
  const phrases = [...tables.matchAll(/"([a-z ]+)"/g)].map((match) => match[1]!)
  expect(phrases.length).toBeGreaterThan(150)
  expect(phrases.flatMap((phrase) => readForMini(phrase).unknown)).toEqual([])
})

it.each([
  ['the moonlight, a purple rocket climbs slowly', 'a purple rocket rises at night'],
  ['a yellow beach ball hops in the sunshine', 'a yellow ball bounces by day'],
  ['winter, a white bird flies to the left', 'a white bird moves left in snow'],
  ['a green car drives in rainy weather', 'a green car moves right in the rain'],
])('%j, in the words of the captions, becomes %j', (prompt, rewritten) => {
  expect(readForMini(prompt).unknown).toEqual([])
  expect(rewriteForMini(prompt)).toBe(rewritten)
})

it('Mini is known by its id, whatever its version', () => {
  expect(['mini', 'zoetrope-mini-2', 'zoetrope-mini-3'].map(isMiniId)).toEqual([true, true, true])
  expect(['wan2.1-t2v-1.3b', 'minimax', undefined].map(isMiniId)).toEqual([false, false, false])
})

it('a model that usually decodes by a tiny decoder and upscales does so in its presets', () => {
  const beside = { hasTinyDecoder: true, upscales: [1, 2, 4] } as const
  const { defaults } = limitsFor(
    UNITS,
    { width: 64, height: 64, decoder: 'tiny', upscale: 4 },
    undefined,
    beside,
  )
  const { draft, standard, quality } = presetsOf({
    id: 'zoetrope-mini-2',
    defaults,
    sizes: [],
    hasTinyDecoder: true,
  })
  expect([draft, standard, quality].map(({ decoder, upscale }) => `${decoder} ${upscale}`)).toEqual([
    'tiny 4',
    'tiny 4',
    'full 4',
  ])
})
