import { isFilm } from '../../protocol/live-recipe'
import type { ClipMetadata, GenerationSettings } from '../../protocol/settings'
import { filmInput, type FilmInput } from './film-input'

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

/** Those for another clip or film like it. */
export function settingsToReuse(
  facts: Facts & Pick<ClipMetadata, 'live'>,
): GenerationSettings | FilmInput<GenerationSettings> {
  const settings = settingsOf(facts)
  if (isFilm(facts)) return filmInput(settings)
  return { ...settings, numFrames: facts.live?.askedFrames ?? facts.numFrames }
}
