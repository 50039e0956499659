import type { SamplerId, StepCacheId } from './samplers'

/** `tiny`: a small decoder beside the model's own, much quicker and a little less sharp. */
export const DECODERS = ['full', 'tiny'] as const

export type DecoderId = (typeof DECODERS)[number]

/** All that decides a clip, in the names of diffusers' WanPipeline. */
export interface GenerationSettings {
  prompt: string
  negativePrompt: string
  /** 0 … 2^53 - 1. */
  seed: number
  /** Pixels; a multiple of what the model's geometry says. */
  width: number
  height: number
  /** Video frames: one for the first latent frame, and as many as the geometry says for each further one. */
  numFrames: number
  numInferenceSteps: number
  /** 1 turns guidance off. */
  guidanceScale: number
  shift: number
  sampler: SamplerId
  cache: StepCacheId
  decoder: DecoderId
}

export type SettingName = keyof GenerationSettings

/** Settings as they come from a form, a command line or a message: nothing is known about them yet. */
export type SettingsInput = { readonly [name in SettingName]?: unknown }

export type SettingsDefaults = Omit<GenerationSettings, 'prompt' | 'seed'>

/** What a model card, the metadata in a file and the JSON of the command line agree on. */
export interface ClipMetadata extends GenerationSettings {
  app: string
  appVersion: string
  model: string
  modelVersion: string
  fps: number
}
