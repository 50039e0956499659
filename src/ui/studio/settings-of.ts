import type { ClipFacts } from '../../protocol/gallery'
import type { GenerationSettings } from '../../protocol/settings'

/** The settings that made a clip, without what was found out on the way. */
export function settingsOf(facts: ClipFacts): GenerationSettings {
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
    upscale = 1, // of clips from before there were upscalers
  }: Omit<ClipFacts, 'upscale'> & Partial<Pick<ClipFacts, 'upscale'>> = facts
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
