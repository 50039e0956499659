import { FAMILIES } from '../models/families'
import type { Family } from '../models/family'
import { SAMPLER_FACTORIES, type SamplerFactory } from '../sampling/samplers'

/** An engine's families and samplers. A caller may add to the built-in ones. */
export interface Extensions {
  readonly families: readonly Family[]
  readonly samplers: readonly SamplerFactory[]
}

export const BUILT_IN: Extensions = { families: FAMILIES, samplers: SAMPLER_FACTORIES }
