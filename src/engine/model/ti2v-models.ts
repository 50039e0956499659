// Wan 2.2 TI2V 5B and what was distilled from it: they share their shapes, and only the file's name shows which it is.
import { WAN_NEGATIVE_PROMPT } from '../../catalogue/catalogue'
import { WAN22_PREVIEW } from './latent-preview'
import type { ModelCardFacts } from './manifest'

/** As its authors run it. */
export const TI2V_5B: ModelCardFacts = {
  id: 'wan2.2-ti2v-5b',
  name: 'Wan 2.2 TI2V 5B',
  licence: 'Apache-2.0',
  defaults: {
    negativePrompt: WAN_NEGATIVE_PROMPT,
    width: 1280,
    height: 704,
    numFrames: 121,
    fps: 24,
    numInferenceSteps: 50,
    guidanceScale: 5,
    shift: 5,
    sampler: 'unipc',
  },
  sizes: [
    [1280, 704],
    [704, 1280],
  ],
  latentPreview: WAN22_PREVIEW,
}

const FEW_STEPS = { ...TI2V_5B.defaults, guidanceScale: 1 }

/** Distilled to few steps without guidance. */
const DISTILLED: readonly (readonly [name: RegExp, facts: ModelCardFacts])[] = [
  [
    /fast[-_. ]?wan/i,
    {
      ...TI2V_5B,
      id: 'fastwan2.2-ti2v-5b',
      name: 'FastWan 2.2 TI2V 5B',
      defaults: { ...FEW_STEPS, numInferenceSteps: 3, sampler: 'dmd-warped' },
    },
  ],
  [
    /turbo/i,
    {
      ...TI2V_5B,
      id: 'wan2.2-ti2v-5b-turbo',
      name: 'Wan 2.2 TI2V 5B Turbo',
      defaults: { ...FEW_STEPS, numInferenceSteps: 4, sampler: 'self-forcing' },
    },
  ],
]

/** @param path of the transformer's file */
export function ti2vModel(path: string): ModelCardFacts {
  return DISTILLED.find(([name]) => name.test(path))?.[1] ?? TI2V_5B
}
