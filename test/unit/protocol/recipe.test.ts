import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ControlMetadata } from '../../../src/protocol/control'
import { limitsFor } from '../../../src/protocol/limits'
import { parseRecipe } from '../../../src/protocol/recipe'
import { linkFor, readLink } from '../../../src/protocol/recipe-link'
import type { GenerationSettings } from '../../../src/protocol/settings'

/** Of Wan 2.1's latents. */
const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

const settings: GenerationSettings = {
  ...limitsFor(UNITS).defaults,
  prompt: 'a red ball "ünd" 球 🎈',
  seed: 7,
}

describe('a recipe', () => {
  it('of a finished clip gives its settings, and names no fact as lost', () => {
    const clip = {
      ...settings,
      app: 'Zoetrope',
      appVersion: '0.5.1',
      model: 'mini',
      modelVersion: '1',
      fps: 16,
    }
    expect(parseRecipe(clip)).toEqual({ origin: 'zoetrope', settings, model: 'mini', leftOut: [] })
  })

  it('has the length of a clip, also where a causal model made it, and not that of a film', () => {
    const live = { prompts: [{ seconds: 0, prompt: 'x' }], windowFrames: 9, cache: 'float' }
    const { numFrames: _frames, ...rest } = settings
    expect(parseRecipe({ ...settings, live })).toMatchObject({
      settings: rest,
      leftOut: ['that it was made live'],
    })
    expect(parseRecipe({ ...settings, live })?.settings).not.toHaveProperty('numFrames')
    expect(
      parseRecipe({ ...settings, numFrames: 165, live: { ...live, askedFrames: settings.numFrames } }),
    ).toMatchObject({
      settings,
      leftOut: [],
    })
  })

  it('of a stranger gives only known settings of the right kind, and names the rest', () => {
    const found = parseRecipe({
      prompt: 'x',
      width: '832',
      seed: Number.NaN,
      sampler: 'ddim',
      shift: 3,
      script: '<img src=x onerror=alert(1)>',
      ['x'.repeat(500)]: 1,
      version: 9,
    })
    expect(found?.settings).toEqual({ prompt: 'x', shift: 3 })
    expect(found?.leftOut).toEqual(['width', 'seed', 'sampler', 'script', `${'x'.repeat(40)}…`, 'version 9'])
  })

  it('has the hashes of what it was given, and names it, for it may not be found', () => {
    const [image, end] = ['a'.repeat(64), 'b'.repeat(64)]
    expect(parseRecipe({ prompt: 'x', imageSha256: image, lastImageSha256: '../x' })).toMatchObject({
      given: { imageSha256: image },
      leftOut: ['the picture that it began with', 'the picture that it ended with'],
    })
    expect(parseRecipe({ prompt: 'x', continuesSha256: end, holdsColours: true })).toMatchObject({
      given: { continuesSha256: end, holdsColours: true },
      leftOut: ['the clip that it continues'],
    })
    expect(parseRecipe({ prompt: 'x', imageSha256: 7 })).not.toHaveProperty('given')
  })

  it.each([undefined, null, 1, 'x', [], {}, { prompt: 1 }, [{ prompt: 'x' }]])('is not in %j', (value) => {
    expect(parseRecipe(value)).toBeUndefined()
  })

  it('is found without a throw in any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const found = parseRecipe(value)
        expect((found?.leftOut.length ?? 0) < 30).toBe(true)
      }),
    )
  })
})

describe('a link', () => {
  it('carries the recipe after "#" alone', () => {
    const link = linkFor('https://a.org/z/?model=b#/gallery', settings, { model: 'mini' })
    expect(new URL(link).search).toBe('')
    expect(link.split('#')[0]).toBe('https://a.org/z/')
    expect(readLink(new URL(link).hash)).toEqual({
      ok: true,
      reading: { origin: 'link', settings, model: 'mini', leftOut: [] },
    })
  })

  it('says what was done with a control, and finds or names its files and pictures', () => {
    const sha256 = 'ab'.repeat(32)
    const control: ControlMetadata = {
      task: 'inpaint',
      strength: 0.5,
      videoSha256: sha256,
      referenceSha256: [sha256],
    }
    const facts = { imageSha256: sha256, control }
    expect(readLink(new URL(linkFor('https://a.org/', settings, facts)).hash)).toMatchObject({
      reading: {
        given: { imageSha256: sha256 },
        control: { task: 'inpaint', strength: 0.5 },
        leftOut: ['the picture that it began with', 'the control video', 'the reference picture'],
      },
    })
  })

  it('is none of ours where it has another mark', () => {
    expect(readLink('')).toBeUndefined()
    expect(readLink('#/gallery')).toBeUndefined()
  })

  it('that is damaged, too long or no recipe is said to be so', () => {
    const { hash } = new URL(linkFor('https://a.org/', settings))
    for (const text of [
      hash.slice(0, -9),
      '#recipe=',
      '#recipe=%%%',
      `#recipe=${btoa('[]')}`,
      `#recipe=${'A'.repeat(70_000)}`,
    ])
      expect(readLink(text)).toEqual({ ok: false })
  })

  it('is read without a throw whatever it holds', () => {
    fc.assert(fc.property(fc.string(), (text) => readLink(`#recipe=${text}`) !== undefined))
  })
})
