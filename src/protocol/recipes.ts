import type { Range } from './limits'
import type { Sampler } from './settings'

/** What a sampler of distilled models leaves open. Guidance is trained in, so none of them runs the model twice. */
export interface FewSteps {
  /** As it is called in sentences. */
  readonly title: string
  readonly steps: Range
  /** Whether its noise levels depend on the shift. */
  readonly hasShift: boolean
}

/** Recipes for few steps; a sampler that is not here takes any settings. */
export const FEW_STEPS: { readonly [name in Sampler]?: FewSteps } = {
  dmd: { title: 'DMD', steps: { min: 3, max: 3 }, hasShift: true },
  rcm: { title: 'rCM', steps: { min: 1, max: 4 }, hasShift: false },
  'self-forcing': { title: 'Self-Forcing', steps: { min: 1, max: 4 }, hasShift: true },
}
