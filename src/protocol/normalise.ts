import { cleanText } from './clean-text'
import type { Limits } from './limits'
import { readNumberText } from './read-number'
import { STEP_CACHES, type Range } from './samplers'
import {
  DECODERS,
  type DecoderId,
  type GenerationSettings,
  SETTING_LABELS,
  type SettingName,
  type SettingsInput,
  type Upscale,
} from './settings'

export interface Normalised {
  ok: true
  settings: GenerationSettings
  /** Sentences about the changes that were made. */
  notes: string[]
}

export interface Refused {
  ok: false
  /** The setting at fault. */
  name: SettingName
  /** The rule, in a sentence. */
  reason: string
}

class Refusal extends Error {
  constructor(
    readonly setting: SettingName,
    reason: string,
  ) {
    super(reason)
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

/** The value as the user wrote it, short enough for a sentence. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = typeof value === 'string' ? `"${value}"` : String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

function readNumber(name: SettingName, value: unknown, rule: string): number {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? readNumberText(value) : Number.NaN
  if (!Number.isFinite(number))
    throw new Refusal(name, `${SETTING_LABELS[name]} must be ${rule}; ${shown(value)} is not a number.`)
  return number === 0 ? 0 : number // no negative zero
}

function inRange(name: SettingName, value: number, range: Range, rule: string): number {
  if (value < range.min || value > range.max)
    throw new Refusal(name, `${SETTING_LABELS[name]} must be ${rule}; ${value} is outside.`)
  return value
}

function readWhole(name: SettingName, value: unknown, range: Range): number {
  const rule = `a whole number from ${range.min} to ${range.max}`
  const number = inRange(name, readNumber(name, value, rule), range, rule)
  if (!Number.isInteger(number))
    throw new Refusal(name, `${SETTING_LABELS[name]} must be ${rule}; ${number} is not whole.`)
  return number
}

function readReal(name: SettingName, value: unknown, range: Range): number {
  const rule = `a number from ${range.min} to ${range.max}`
  return inRange(name, readNumber(name, value, rule), range, rule)
}

/** A random seed of 32 bits, short enough to type again. */
function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
}

function readSide(name: 'width' | 'height', value: unknown, limits: Limits, notes: string[]): number {
  const side = limits[name]
  const rule = `a number of pixels from ${side.min} to ${side.max}`
  const found = inRange(name, readNumber(name, value, rule), side, rule)
  const snapped = Math.round(found / side.multipleOf) * side.multipleOf
  if (snapped !== found)
    notes.push(
      `${SETTING_LABELS[name]} ${found} became ${snapped}: sides are multiples of ${side.multipleOf}.`,
    )
  return snapped
}

function readFrames(value: unknown, { frames }: Limits, notes: string[]): number {
  const rule = `a number from ${frames.min} to ${frames.max}`
  const found = inRange('numFrames', readNumber('numFrames', value, rule), frames, rule)
  const snapped = Math.round((found - frames.min) / frames.step) * frames.step + frames.min
  if (snapped !== found)
    notes.push(`Frames ${found} became ${snapped}: a clip has ${frames.step}n + ${frames.min} frames.`)
  return snapped
}

function readGuidance(
  name: 'guidanceScale' | 'guidanceScale2',
  value: unknown,
  { guidance }: Limits,
  notes: string[],
): number {
  const found = readReal(name, value, { min: 0, max: guidance.max })
  if (found >= guidance.min) return found
  notes.push(`${SETTING_LABELS[name]} ${found} became ${guidance.min}: that turns guidance off.`)
  return guidance.min
}

/** For models of two experts; not asked for, it is the model's own where the first one's is, and else the first one's. */
function readGuidance2(
  { guidanceScale2: asked }: SettingsInput,
  first: number,
  limits: Limits,
  notes: string[],
): Pick<GenerationSettings, 'guidanceScale2'> {
  const { guidanceScale, guidanceScale2: own } = limits.defaults
  if (own === undefined) {
    if (!isMissing(asked))
      notes.push(`${SETTING_LABELS.guidanceScale2} is left out: this model is one transformer.`)
    return {}
  }
  const otherwise = first === guidanceScale ? own : first
  return {
    guidanceScale2: readGuidance('guidanceScale2', isMissing(asked) ? otherwise : asked, limits, notes),
  }
}

function readChoice<Choice extends string>(
  name: SettingName,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => typeof value === 'string' && choice === value.trim().toLowerCase())
  if (found === undefined)
    throw new Refusal(
      name,
      `${SETTING_LABELS[name]} must be one of ${choices.join(', ')}; ${shown(value)} is none of them.`,
    )
  return found
}

function readDecoder(value: unknown, { hasTinyDecoder }: Limits): DecoderId {
  const decoder = readChoice('decoder', value, DECODERS)
  if (decoder === 'tiny' && !hasTinyDecoder)
    throw new Refusal(
      'decoder',
      'Decoder is tiny, and this model has no tiny decoder beside it: put taew2_1.safetensors beside its files, or choose full.',
    )
  return decoder
}

function readUpscale(value: unknown, { upscales }: Limits): Upscale {
  const rule = `one of ${upscales.join(', ')}`
  const found = readNumber('upscale', value, rule)
  const upscale = upscales.find((each) => each === found)
  if (upscale !== undefined) return upscale
  throw new Refusal(
    'upscale',
    upscales.length > 1
      ? `Upscale must be ${rule}; ${found} is none of them.`
      : `Upscale is ${found}, and there is no upscaler: give the file of one, realesr-animevideov3 or realesr-general-x4v3, or choose 1.`,
  )
}

function readText(
  name: 'prompt' | 'negativePrompt',
  value: unknown,
  limits: Limits,
  notes: string[],
): string {
  if (typeof value !== 'string')
    throw new Refusal(name, `${SETTING_LABELS[name]} must be text; ${shown(value)} is not.`)
  const clean = cleanText(value, SETTING_LABELS[name].toLowerCase(), limits.promptCharacters)
  notes.push(...clean.notes)
  return clean.text
}

function readAll(input: SettingsInput, limits: Limits, notes: string[]): GenerationSettings {
  const { defaults } = limits
  const or = (value: unknown, fallback: unknown): unknown => (isMissing(value) ? fallback : value)
  const prompt = readText('prompt', input.prompt ?? '', limits, notes)
  if (prompt === '') throw new Refusal('prompt', 'The prompt is empty: describe what the video should show.')
  const guidanceScale = readGuidance(
    'guidanceScale',
    or(input.guidanceScale, defaults.guidanceScale),
    limits,
    notes,
  )
  const settings: GenerationSettings = {
    prompt,
    negativePrompt: readText(
      'negativePrompt',
      input.negativePrompt ?? defaults.negativePrompt,
      limits,
      notes,
    ),
    seed: isMissing(input.seed) ? randomSeed() : readWhole('seed', input.seed, limits.seed),
    width: readSide('width', or(input.width, defaults.width), limits, notes),
    height: readSide('height', or(input.height, defaults.height), limits, notes),
    numFrames: readFrames(or(input.numFrames, defaults.numFrames), limits, notes),
    numInferenceSteps: readWhole(
      'numInferenceSteps',
      or(input.numInferenceSteps, defaults.numInferenceSteps),
      limits.steps,
    ),
    guidanceScale,
    ...readGuidance2(input, guidanceScale, limits, notes),
    shift: readReal('shift', or(input.shift, defaults.shift), limits.shift),
    sampler: readChoice(
      'sampler',
      or(input.sampler, defaults.sampler),
      limits.samplers.map(({ id }) => id),
    ),
    cache: readChoice('cache', or(input.cache, defaults.cache), STEP_CACHES),
    decoder: readDecoder(or(input.decoder, defaults.decoder), limits),
    upscale: readUpscale(or(input.upscale, defaults.upscale), limits),
  }
  return fitRecipe(settings, limits, (name) => !isMissing(input[name]), notes)
}

/**
 * Changes what does not fit the recipe of a distilled model, which knows only its own steps, and notes changes to
 * what the user set.
 */
function fitRecipe(
  settings: GenerationSettings,
  { samplers }: Limits,
  isGiven: (name: SettingName) => boolean,
  notes: string[],
): GenerationSettings {
  const { title = '', fewSteps } = samplers.find(({ id }) => id === settings.sampler) ?? {}
  if (!fewSteps) return settings
  const { steps, hasShift } = fewSteps
  const fit = <Name extends SettingName>(
    name: Name,
    value: GenerationSettings[Name],
    why: string,
  ): GenerationSettings[Name] => {
    if (settings[name] !== value && isGiven(name))
      notes.push(`${SETTING_LABELS[name]} ${settings[name]} became ${value}: ${why}.`)
    return value
  }
  const whole = Math.min(Math.max(settings.numInferenceSteps, steps.min), steps.max)
  return {
    ...settings,
    numInferenceSteps: fit(
      'numInferenceSteps',
      whole,
      `${title} has ${steps.min === steps.max ? steps.min : `${steps.min} to ${steps.max}`} steps`,
    ),
    guidanceScale: fit('guidanceScale', 1, `guidance is trained into models for ${title}`),
    ...(settings.guidanceScale2 !== undefined && { guidanceScale2: 1 }),
    shift: hasShift ? settings.shift : fit('shift', 1, `the noise levels of ${title} are fixed`),
    cache: fit('cache', 'off', `${title} has no step to leave out`),
  }
}

/**
 * Validates settings for page, worker and command line: adjusts small deviations with a note, and refuses others with
 * the rule that they break.
 */
export function normaliseSettings(input: SettingsInput, limits: Limits): Normalised | Refused {
  const notes: string[] = []
  try {
    return { ok: true, settings: readAll(input, limits, notes), notes }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, name: error.setting, reason: error.message }
    throw error
  }
}
