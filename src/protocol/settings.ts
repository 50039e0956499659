import type { ControlMetadata } from './control'
import type { LiveRecipe } from './live-recipe'
import type { LoraReport } from './lora'
import type { SamplerId, StepCacheId } from './samplers'

/** `tiny`: a small decoder beside the model's own, much faster and a little less sharp. */
export const DECODERS = ['full', 'tiny'] as const

export type DecoderId = (typeof DECODERS)[number]

/** Pixels that a pixel of the decoded frames becomes, along either side. */
export const UPSCALES = [1, 2, 4] as const

export type Upscale = (typeof UPSCALES)[number]

/** Everything that determines a clip, under the names of diffusers' WanPipeline. */
export interface GenerationSettings {
  prompt: string
  negativePrompt: string
  /** 0 … 2^53 - 1. */
  seed: number
  /** Pixels; a multiple of the geometry's unit. */
  width: number
  height: number
  /** Video frames: one for the first latent frame, and the geometry's number for each further one. */
  numFrames: number
  numInferenceSteps: number
  /** 1 turns guidance off. */
  guidanceScale: number
  /** For models with two transformers: the guidance of the second one, which does the last steps. */
  guidanceScale2?: number
  shift: number
  sampler: SamplerId
  cache: StepCacheId
  decoder: DecoderId
  /** Enlargement of the finished frames by a network: the video's sides are the clip's times this. */
  upscale: Upscale
}

export type SettingName = keyof GenerationSettings

/** What errors and notes call each setting. */
export const SETTING_LABELS: Readonly<Record<SettingName, string>> = {
  prompt: 'Prompt',
  negativePrompt: 'Negative prompt',
  seed: 'Seed',
  width: 'Width',
  height: 'Height',
  numFrames: 'Frames',
  numInferenceSteps: 'Steps',
  guidanceScale: 'Guidance',
  guidanceScale2: 'Guidance 2',
  shift: 'Shift',
  sampler: 'Sampler',
  cache: 'Cache',
  decoder: 'Decoder',
  upscale: 'Upscale',
}

export const SETTING_NAMES = Object.keys(SETTING_LABELS) as readonly SettingName[]

/** Settings as they come from a form, a command line or a message, before validation. */
export type SettingsInput = { readonly [name in SettingName]?: unknown }

export type SettingsDefaults = Omit<GenerationSettings, 'prompt' | 'seed'>

/** The form shared by model cards, the metadata in a file, and the command line's JSON. */
export interface ClipMetadata extends GenerationSettings {
  app: string
  appVersion: string
  model: string
  modelVersion: string
  fps: number
  /** Of the picture that the clip begins with: of its size and pixels. */
  imageSha256?: string
  /** Of a film that was made live. */
  live?: LiveRecipe
  /** Of the picture that it ends with. */
  lastImageSha256?: string
  /** Of the last frame, with its size, of the clip that it continues. */
  continuesSha256?: string
  /** Whether its colours were brought to those of the first clip in the series. */
  holdsColours?: boolean
  /** Steps that ran, where the clip was stopped and kept before the last one. */
  stepsRun?: number
  /** Name of the file of the upscaler, where the user gave one. */
  upscaler?: string
  /** What changed the transformer. */
  loras?: LoraReport[]
  /** Of what it follows or changes. */
  control?: ControlMetadata
}

/** The size of a clip's video. Clips from before there were upscalers have none. */
export function filmSize({
  width,
  height,
  upscale = 1,
}: {
  readonly width: number
  readonly height: number
  readonly upscale?: number
}): { width: number; height: number } {
  return { width: width * upscale, height: height * upscale }
}
