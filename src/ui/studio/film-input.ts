// The clip settings that apply to a film: it lasts as long as it is watched, and its steps are the model's own.
import type { Limits } from '../../protocol/limits'
import type { LiveCard } from '../../protocol/live'

const OF_CLIPS = [
  'negativePrompt',
  'numFrames',
  'numInferenceSteps',
  'guidanceScale',
  'guidanceScale2',
  'shift',
  'sampler',
  'cache',
  'holdsColours',
] as const

export type FilmInput<Input> = Omit<Input, (typeof OF_CLIPS)[number]>

export function filmInput<Input extends object>(input: Input): FilmInput<Input> {
  const own = { ...input }
  for (const name of OF_CLIPS) Reflect.deleteProperty(own, name)
  return own
}

/** A model's rules, with the decoder that its films have unless another one is chosen. */
export function filmLimits(limits: Limits, { decoder }: LiveCard): Limits {
  return { ...limits, defaults: { ...limits.defaults, decoder } }
}
