import { FAMILIES } from '../models/families'
import type { Family } from '../models/family'
import { SAMPLER_FACTORIES, type SamplerFactory } from '../sampling/samplers'

/** What an engine knows: families of models and samplers. Whoever opens one may give more than the built-in ones. */
export interface Extensions {
  readonly families: readonly Family[]
  readonly samplers: readonly SamplerFactory[]
}

export const BUILT_IN: Extensions = { families: FAMILIES, samplers: SAMPLER_FACTORIES }
