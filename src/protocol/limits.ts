import { SAMPLERS, type Range, type SamplerInfo } from './samplers'
import { UPSCALES, type SettingsDefaults, type Upscale } from './settings'

export type { Range } from './samplers'

/** What a model's geometry demands of a clip's size. */
export interface SizeUnits {
  /** Pixels of one patch of latents; sides are multiples of it. */
  readonly width: number
  readonly height: number
  /** Video frames by which clips grow, and those of the shortest one. */
  readonly frames: number
  readonly shortest: number
}

/** The rules for settings, and their defaults. */
export interface Limits {
  width: Range & { multipleOf: number }
  height: Range & { multipleOf: number }
  /** Video frames: the shortest clip's, and from there in steps. */
  frames: Range & { step: number }
  steps: Range
  guidance: Range
  shift: Range
  seed: Range
  /** Length at which a prompt is cut before it is tokenised. */
  promptCharacters: number
  samplers: readonly SamplerInfo[]
  /** Whether a tiny decoder is available. */
  hasTinyDecoder: boolean
  /** By how much frames can be upscaled; only 1 if no upscaler is available. */
  upscales: readonly Upscale[]
  defaults: SettingsDefaults
}

/** Defaults that a model may omit. */
const FALLBACK: SettingsDefaults = {
  negativePrompt: '',
  width: 832,
  height: 480,
  numFrames: 81,
  numInferenceSteps: 50,
  guidanceScale: 5,
  shift: 5,
  sampler: 'unipc',
  cache: 'off',
  decoder: 'full',
  upscale: 1,
}

const MAX_SIDE = 1280
const MAX_FRAMES = 161

const BOUNDS = {
  steps: { min: 1, max: 200 },
  guidance: { min: 1, max: 20 },
  shift: { min: 0.1, max: 50 },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER },
  promptCharacters: 20_000,
}

/** Sides from two patches to the largest allowed multiple. */
function sides(unit: number): Limits['width'] {
  return { min: 2 * unit, max: Math.floor(MAX_SIDE / unit) * unit, multipleOf: unit }
}

/** What is available beside a model's own networks. */
export interface Beside {
  readonly hasTinyDecoder?: boolean
  readonly upscales?: readonly Upscale[]
}

/** The limits of a model. Ignores keys of `given` that are not settings. */
export function limitsFor(
  units: SizeUnits,
  given: Partial<SettingsDefaults> = {},
  samplers: readonly SamplerInfo[] = SAMPLERS,
  { hasTinyDecoder = false, upscales = [1] }: Beside = {},
): Limits {
  const names = Object.keys(FALLBACK) as (keyof SettingsDefaults)[]
  const known = Object.fromEntries(
    names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  )
  const { guidanceScale2 } = given
  const defaults: SettingsDefaults = {
    ...FALLBACK,
    ...known,
    ...(guidanceScale2 !== undefined && { guidanceScale2 }),
  }
  return {
    ...BOUNDS,
    width: sides(units.width),
    height: sides(units.height),
    frames: {
      min: units.shortest,
      max: units.shortest + Math.floor((MAX_FRAMES - units.shortest) / units.frames) * units.frames,
      step: units.frames,
    },
    samplers,
    hasTinyDecoder,
    upscales,
    defaults: {
      ...defaults,
      decoder: hasTinyDecoder ? defaults.decoder : 'full',
      upscale: upscales.includes(defaults.upscale) ? defaults.upscale : 1,
    },
  }
}

/** The rules where the user gives an upscaler: it is used to the full, unless a scale is set. */
export function limitsWithUpscaler(limits: Limits, upscales: readonly Upscale[] = UPSCALES): Limits {
  return { ...limits, upscales, defaults: { ...limits.defaults, upscale: upscales.at(-1) ?? 1 } }
}
