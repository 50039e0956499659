/** A range of numbers, both ends included. */
export interface Range {
  min: number
  max: number
}

/**
 * The settings that a distilled model's sampler leaves open. Guidance is trained in, so none of them runs the model
 * twice.
 */
export interface FewSteps {
  readonly steps: Range
  /** Whether its noise levels depend on the shift. */
  readonly hasShift: boolean
}

/** A sampler as settings refer to it; its steps are in `sampling/`. */
export interface SamplerInfo {
  readonly id: string
  /** Its name in sentences. */
  readonly title: string
  /** Present for samplers of models distilled to few steps; any other sampler takes any settings. */
  readonly fewSteps?: FewSteps
}

/** The built-in samplers. */
export const SAMPLERS: readonly SamplerInfo[] = [
  { id: 'unipc', title: 'UniPC' },
  { id: 'dpm++', title: 'DPM++' },
  { id: 'euler', title: 'Euler' },
  { id: 'dmd', title: 'DMD', fewSteps: { steps: { min: 3, max: 3 }, hasShift: true } },
  {
    id: 'dmd-warped',
    title: 'DMD of Wan 2.2',
    fewSteps: { steps: { min: 3, max: 3 }, hasShift: true },
  },
  { id: 'rcm', title: 'rCM', fewSteps: { steps: { min: 1, max: 4 }, hasShift: false } },
  { id: 'self-forcing', title: 'Self-Forcing', fewSteps: { steps: { min: 1, max: 4 }, hasShift: true } },
]

/** The id of a sampler. */
export type SamplerId = string

/** `easy`: EasyCache, which skips steps whose output can be predicted from the ones before. */
export const STEP_CACHES = ['off', 'easy'] as const

export type StepCacheId = (typeof STEP_CACHES)[number]
