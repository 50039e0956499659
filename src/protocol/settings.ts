/** The last three are for models distilled to few steps. */
export const SAMPLERS = ['unipc', 'dpm++', 'euler', 'dmd', 'rcm', 'self-forcing'] as const

export type Sampler = (typeof SAMPLERS)[number]

/** `easy`: EasyCache, which leaves out steps whose answer can be told from the ones before. */
export const CACHES = ['off', 'easy'] as const

export type StepCache = (typeof CACHES)[number]

/** All that decides a clip, in the names of diffusers' WanPipeline. */
export interface GenerationSettings {
  prompt: string
  negativePrompt: string
  /** 0 … 2^53 - 1. */
  seed: number
  /** Pixels, a multiple of 16. */
  width: number
  height: number
  /** 4n + 1. */
  numFrames: number
  numInferenceSteps: number
  /** 1 turns guidance off. */
  guidanceScale: number
  shift: number
  sampler: Sampler
  cache: StepCache
}

export type SettingName = keyof GenerationSettings

/** Settings as they come from a form, a command line or a message: nothing is known about them yet. */
export type SettingsInput = { readonly [name in SettingName]?: unknown }

export type SettingsDefaults = Omit<GenerationSettings, 'prompt' | 'seed'>

/** What a model card, the recipe in a file and the JSON of the command line agree on. */
export interface Recipe extends GenerationSettings {
  app: string
  appVersion: string
  model: string
  modelVersion: string
  fps: number
}
