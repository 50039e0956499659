import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSampler } from '../../../src/sampling/samplers'
import { limitsFor, limitsWithUpscaler } from '../../../src/protocol/limits'
import { normaliseSettings } from '../../../src/protocol/normalise'
import { SAMPLERS, STEP_CACHES } from '../../../src/protocol/samplers'
import type { GenerationSettings, SettingsInput } from '../../../src/protocol/settings'

const limits = limitsFor(
  { width: 16, height: 16, frames: 4, shortest: 1 },
  {
    width: 96,
    height: 96,
    numFrames: 33,
    numInferenceSteps: 4,
    guidanceScale: 1,
    shift: 3,
  },
)
const SAMPLER_IDS = SAMPLERS.map(({ id }) => id)
const base = { prompt: 'a red ball', seed: 1 }

function accepted(input: SettingsInput): { settings: GenerationSettings; notes: string[] } {
  const result = normaliseSettings(input, limits)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result
}

function refusal(input: SettingsInput): string {
  const result = normaliseSettings(input, limits)
  return result.ok ? 'accepted' : `${result.name}: ${result.reason}`
}

describe('what is missing', () => {
  it("takes the model's defaults", () => {
    const { settings, notes } = accepted({
      ...base,
      steps: undefined,
      width: '',
      height: null,
    } as SettingsInput)
    expect(settings).toEqual({
      prompt: 'a red ball',
      negativePrompt: '',
      seed: 1,
      width: 96,
      height: 96,
      numFrames: 33,
      numInferenceSteps: 4,
      guidanceScale: 1,
      shift: 3,
      sampler: 'unipc',
      cache: 'off',
      decoder: 'full',
      upscale: 1,
    })
    expect(notes).toEqual([])
  })

  it('takes a tiny decoder only where there is one', () => {
    const tiny = { ...base, decoder: 'tiny' }
    expect(refusal(tiny)).toMatch(/^decoder: Decoder is tiny, and this model has no tiny decoder/)
    const found = normaliseSettings(tiny, { ...limits, hasTinyDecoder: true })
    expect(found).toMatchObject({ ok: true, settings: { decoder: 'tiny' } })
  })

  it.each(['2', 4, ' 1 '])('upscales by %j where there is an upscaler', (upscale) => {
    const found = normaliseSettings({ ...base, upscale }, limitsWithUpscaler(limits))
    expect(found).toMatchObject({ ok: true, settings: { upscale: Number(upscale) }, notes: [] })
  })

  it('refuses scales that no upscaler gives', () => {
    expect(refusal({ ...base, upscale: 4 })).toMatch(/^upscale: Upscale is 4, and there is no upscaler/)
    const refused = normaliseSettings({ ...base, upscale: 4 }, limitsWithUpscaler(limits, [1, 2]))
    expect(refused).toMatchObject({ ok: false, reason: 'Upscale must be one of 1, 2; 4 is none of them.' })
    expect(normaliseSettings({ ...base, upscale: 'much' }, limitsWithUpscaler(limits))).toMatchObject({
      ok: false,
      reason: 'Upscale must be one of 1, 2, 4; "much" is not a number.',
    })
  })

  it('uses an upscaler that is given to the full, and none unless it is there', () => {
    const unset = (own: typeof limits) => normaliseSettings(base, own)
    expect(unset(limitsWithUpscaler(limits))).toMatchObject({ settings: { upscale: 4 } })
    const units = { width: 16, height: 16, frames: 4, shortest: 1 }
    const wished = { width: 64, height: 64, decoder: 'tiny', upscale: 4 } as const
    expect(limitsFor(units, wished).defaults).toMatchObject({ decoder: 'full', upscale: 1 })
    const beside = { hasTinyDecoder: true, upscales: [1, 2, 4] } as const
    expect(limitsFor(units, wished, SAMPLERS, beside).defaults).toMatchObject(wished)
  })

  it('draws a seed where none is given', () => {
    const seeds = Array.from({ length: 8 }, () => accepted({ prompt: 'x' }).settings.seed)
    expect(new Set(seeds).size).toBeGreaterThan(1)
  })

  it('refuses an empty prompt', () => {
    for (const prompt of [undefined, '', '  \n\t ', '\u0000', '\u3000'])
      expect(refusal({ ...base, prompt })).toMatch(/^prompt: The prompt is empty/)
  })
})

describe('prompts', () => {
  it.each([
    ['a 🎈 and 👩‍👩‍👧', 'a 🎈 and 👩‍👩‍👧'],
    ['כדור אדום \u200Fנע', 'כדור אדום \u200Fנע'],
    ['  two\nlines ', 'two\nlines'],
  ])('keeps %j', (prompt, expected) => {
    const { settings, notes } = accepted({ ...base, prompt })
    expect(settings.prompt).toBe(expected)
    expect(notes).toEqual([])
  })

  it.each([
    ['a\uD83D ball', 'a\uFFFD ball', 'In the prompt one broken character'],
    ['\uDC00\uDC00a', '\uFFFD\uFFFDa', 'In the prompt 2 broken characters'],
    ['a\u0000b\u0007', 'ab', 'From the prompt 2 control characters were removed'],
    ['a'.repeat(20_001), 'a'.repeat(20_000), 'The prompt was cut to its first 20000 characters'],
  ])('cleans and says so (%#)', (prompt, expected, note) => {
    const { settings, notes } = accepted({ ...base, prompt })
    expect(settings.prompt).toBe(expected)
    expect(notes.join(' ')).toContain(note)
  })

  it('does not cut a pair of surrogates in two', () => {
    const { settings } = accepted({ ...base, prompt: 'a'.repeat(19_999) + '🎈' })
    expect(settings.prompt.endsWith('\uFFFD')).toBe(true)
  })

  it('refuses what is not text', () => {
    expect(refusal({ ...base, prompt: 7 })).toBe('prompt: Prompt must be text; 7 is not.')
  })
})

describe('numbers are snapped and said, or refused with the rule', () => {
  it.each<[SettingsInput, Partial<GenerationSettings>, string]>([
    [{ width: 833 }, { width: 832 }, 'Width 833 became 832: sides are multiples of 16.'],
    [{ height: '100' }, { height: 96 }, 'Height 100 became 96: sides are multiples of 16.'],
    [{ numFrames: 80 }, { numFrames: 81 }, 'Frames 80 became 81: a clip has 4n + 1 frames.'],
    [{ numFrames: 2 }, { numFrames: 1 }, 'Frames 2 became 1: a clip has 4n + 1 frames.'],
    [{ guidanceScale: 0 }, { guidanceScale: 1 }, 'Guidance 0 became 1: that turns guidance off.'],
  ])('%o', (input, expected, note) => {
    const { settings, notes } = accepted({ ...base, ...input })
    expect(settings).toMatchObject(expected)
    expect(notes).toEqual([note])
  })

  it.each<[SettingsInput, string]>([
    [
      { numInferenceSteps: 0 },
      'numInferenceSteps: Steps must be a whole number from 1 to 200; 0 is outside.',
    ],
    [
      { numInferenceSteps: 1e9 },
      'numInferenceSteps: Steps must be a whole number from 1 to 200; 1000000000 is outside.',
    ],
    [
      { numInferenceSteps: '2.5' },
      'numInferenceSteps: Steps must be a whole number from 1 to 200; 2.5 is not whole.',
    ],
    [
      { guidanceScale: Number.NaN },
      'guidanceScale: Guidance must be a number from 0 to 20; NaN is not a number.',
    ],
    [
      { guidanceScale: 'NaN' },
      'guidanceScale: Guidance must be a number from 0 to 20; "NaN" is not a number.',
    ],
    [{ guidanceScale: -1 }, 'guidanceScale: Guidance must be a number from 0 to 20; -1 is outside.'],
    [{ seed: -1 }, 'seed: Seed must be a whole number from 0 to 9007199254740991; -1 is outside.'],
    [
      { seed: 2 ** 53 },
      'seed: Seed must be a whole number from 0 to 9007199254740991; 9007199254740992 is outside.',
    ],
    [
      { seed: '9007199254740993' },
      'seed: Seed must be a whole number from 0 to 9007199254740991; 9007199254740992 is outside.',
    ],
    [{ seed: 'abc' }, 'seed: Seed must be a whole number from 0 to 9007199254740991; "abc" is not a number.'],
    [
      { seed: '0x10' },
      'seed: Seed must be a whole number from 0 to 9007199254740991; "0x10" is not a number.',
    ],
    [{ width: 16 }, 'width: Width must be a number of pixels from 32 to 1280; 16 is outside.'],
    [
      { width: Number.POSITIVE_INFINITY },
      'width: Width must be a number of pixels from 32 to 1280; Infinity is not a number.',
    ],
    [{ numFrames: 0 }, 'numFrames: Frames must be a number from 1 to 161; 0 is outside.'],
    [{ shift: 0 }, 'shift: Shift must be a number from 0.1 to 50; 0 is outside.'],
    [
      { sampler: 'ddim' },
      'sampler: Sampler must be one of unipc, dpm++, euler, dmd, dmd-warped, rcm, self-forcing; "ddim" is none of them.',
    ],
    [{ cache: 'tea' }, 'cache: Cache must be one of off, easy; "tea" is none of them.'],
    [
      { sampler: 'dmd', numInferenceSteps: 201 },
      'numInferenceSteps: Steps must be a whole number from 1 to 200; 201 is outside.',
    ],
  ])('%o', (input, reason) => {
    expect(refusal({ ...base, ...input })).toBe(reason)
  })

  it('takes both sides of every edge', () => {
    expect(accepted({ ...base, seed: Number.MAX_SAFE_INTEGER }).settings.seed).toBe(Number.MAX_SAFE_INTEGER)
    expect(Object.is(accepted({ ...base, seed: '-0' }).settings.seed, 0)).toBe(true)
    expect(accepted({ ...base, numInferenceSteps: 200 }).settings.numInferenceSteps).toBe(200)
    expect(refusal({ ...base, numInferenceSteps: 201 })).toContain('201 is outside')
    expect(accepted({ ...base, width: 1280, height: 32 }).settings).toMatchObject({ width: 1280, height: 32 })
    expect(refusal({ ...base, width: 1281 })).toContain('1281 is outside')
  })
})

describe('samplers of distilled models', () => {
  it.each<[SettingsInput, Partial<GenerationSettings>, string[]]>([
    [{ sampler: 'dmd' }, { numInferenceSteps: 3, guidanceScale: 1, shift: 3, cache: 'off' }, []],
    [{ sampler: 'rcm' }, { numInferenceSteps: 4, guidanceScale: 1, shift: 1 }, []],
    [{ sampler: 'rcm', numInferenceSteps: 2, shift: 1 }, { numInferenceSteps: 2, shift: 1 }, []],
    [
      { sampler: 'DMD', numInferenceSteps: '50', guidanceScale: '6', shift: '8', cache: 'easy' },
      { numInferenceSteps: 3, guidanceScale: 1, shift: 8, cache: 'off' },
      [
        'Steps 50 became 3: DMD has 3 steps.',
        'Guidance 6 became 1: guidance is trained into models for DMD.',
        'Cache easy became off: DMD has no step to leave out.',
      ],
    ],
    [
      { sampler: 'rcm', numInferenceSteps: 5, shift: 8 },
      { numInferenceSteps: 4, shift: 1 },
      ['Steps 5 became 4: rCM has 1 to 4 steps.', 'Shift 8 became 1: the noise levels of rCM are fixed.'],
    ],
    [
      { sampler: 'self-forcing', numInferenceSteps: 9, shift: 5 },
      { numInferenceSteps: 4, shift: 5 },
      ['Steps 9 became 4: Self-Forcing has 1 to 4 steps.'],
    ],
  ])('%o', (input, expected, expectedNotes) => {
    const { settings, notes } = accepted({ ...base, ...input })
    expect(settings).toMatchObject(expected)
    expect(notes).toEqual(expectedNotes)
  })

  it('leave the others as they were', () => {
    const { settings, notes } = accepted({
      ...base,
      numInferenceSteps: 50,
      guidanceScale: 6,
      shift: 8,
      cache: 'Easy',
    })
    expect(settings).toMatchObject({
      numInferenceSteps: 50,
      guidanceScale: 6,
      shift: 8,
      cache: 'easy',
      sampler: 'unipc',
    })
    expect(notes).toEqual([])
  })
})

describe('any input', () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.integer().map(String),
    fc.constantFrom(...SAMPLER_IDS, ...STEP_CACHES),
  )
  const names = [
    'prompt',
    'negativePrompt',
    'seed',
    'width',
    'height',
    'numFrames',
    'numInferenceSteps',
    'guidanceScale',
    'shift',
    'sampler',
    'cache',
  ] as const
  const input = fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] })

  it('is refused with a sentence, or keeps to the rules', () => {
    fc.assert(
      fc.property(input, (value) => {
        const result = normaliseSettings(value, limits)
        if (!result.ok) {
          expect(names).toContain(result.name)
          expect(result.reason).toMatch(/^[A-Z].*\.$/s)
          expect(result.reason.length).toBeLessThan(200)
          return
        }
        const { settings } = result
        expect(settings.prompt).toBe(settings.prompt.trim())
        expect(settings.prompt).not.toBe('')
        expect([settings.width % 16, settings.height % 16, settings.numFrames % 4]).toEqual([0, 0, 1])
        expect(Number.isSafeInteger(settings.seed) && settings.seed >= 0).toBe(true)
        expect(Number.isFinite(settings.guidanceScale) && settings.guidanceScale >= 1).toBe(true)
        expect(SAMPLER_IDS).toContain(settings.sampler)
        expect(() =>
          createSampler(settings.sampler, settings.numInferenceSteps, settings.shift),
        ).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })

  it('is the same when it is normalised twice, as a form writes it', () => {
    const valid = fc.record({
      prompt: fc.string({ minLength: 1, unit: 'binary' }),
      seed: fc.maxSafeNat(),
      width: fc.integer({ min: 32, max: 1280 }),
      numFrames: fc.integer({ min: 1, max: 161 }),
      guidanceScale: fc.double({ min: 0, max: 20, noNaN: true }),
      sampler: fc.constantFrom(...SAMPLER_IDS),
      cache: fc.constantFrom(...STEP_CACHES),
    })
    fc.assert(
      fc.property(valid, (value) => {
        const once = normaliseSettings(value, limits)
        if (!once.ok) return
        const written = Object.fromEntries(
          Object.entries(once.settings).map(([name, setting]) => [name, String(setting)]),
        )
        expect(normaliseSettings(written, limits)).toEqual({ ok: true, settings: once.settings, notes: [] })
      }),
    )
  })
})
