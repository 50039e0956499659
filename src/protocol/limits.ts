import type { SettingsDefaults } from './settings'

export interface Range {
  min: number
  max: number
}

/** The rules that settings keep to, and what stands where nothing was said. */
export interface Limits {
  /** Side of the picture in pixels: 8 for the latent grid, times 2 for the patch. */
  side: Range & { multipleOf: number }
  /** Video frames: one for the first latent frame, then 4 for each. */
  frames: Range & { perLatentFrame: number }
  steps: Range
  guidance: Range
  shift: Range
  seed: Range
  /** A prompt is cut here, before the tokeniser sees it. */
  promptCharacters: number
  /** The text encoder reads no more; the engine cuts, and says so in the result's notes. */
  promptTokens: number
  defaults: SettingsDefaults
}

export const WAN_DEFAULTS: SettingsDefaults = {
  negativePrompt: '',
  width: 832,
  height: 480,
  numFrames: 81,
  numInferenceSteps: 50,
  guidanceScale: 5,
  shift: 5,
  sampler: 'unipc',
  cache: 'off',
}

/** Of every model. */
export const BOUNDS = {
  side: { min: 32, max: 1280, multipleOf: 16 },
  frames: { min: 1, max: 161, perLatentFrame: 4 },
  steps: { min: 1, max: 200 },
  guidance: { min: 1, max: 20 },
  shift: { min: 0.1, max: 50 },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER },
  promptCharacters: 20_000,
  promptTokens: 512,
}

/** The limits of a model, from the defaults in its manifest. Keys that are no settings are left out. */
export function limitsFor(given: Partial<SettingsDefaults> = {}): Limits {
  const names = Object.keys(WAN_DEFAULTS) as (keyof SettingsDefaults)[]
  const known = Object.fromEntries(
    names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  )
  return { ...BOUNDS, defaults: { ...WAN_DEFAULTS, ...known } }
}
