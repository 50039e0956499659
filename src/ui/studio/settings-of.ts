import type { GenerationSettings } from '../../protocol/settings'

/** Clips from before there were upscalers have no `upscale`. */
type Facts = Omit<GenerationSettings, 'upscale'> & Partial<Pick<GenerationSettings, 'upscale'>>

/** The settings that made a clip, without what was found out on the way. */
export function settingsOf(facts: Facts): GenerationSettings {
  const {
    prompt,
    negativePrompt,
    seed,
    width,
    height,
    numFrames,
    numInferenceSteps,
    guidanceScale,
    guidanceScale2,
    shift,
    sampler,
    cache,
    decoder,
    upscale = 1,
  } = facts
  return {
    prompt,
    negativePrompt,
    seed,
    width,
    height,
    numFrames,
    numInferenceSteps,
    guidanceScale,
    ...(guidanceScale2 !== undefined && { guidanceScale2 }),
    shift,
    sampler,
    cache,
    decoder,
    upscale,
  }
}
