// Wan 2.2 TI2V 5B and what was distilled from it: they share their shapes, and only the file's name shows which it is.
import { published } from './catalogue-facts'
import type { ModelCardFacts } from './manifest'

/** As its authors run it. */
export const TI2V_5B = published('wan2.2-ti2v-5b')

/** Distilled to few steps without guidance. */
const DISTILLED: readonly (readonly [name: RegExp, facts: ModelCardFacts])[] = [
  [/fast[-_. ]?wan/i, published('fastwan2.2-ti2v-5b')],
  [
    /turbo/i,
    {
      ...TI2V_5B,
      id: 'wan2.2-ti2v-5b-turbo',
      name: 'Wan 2.2 TI2V 5B Turbo',
      defaults: { ...TI2V_5B.defaults, guidanceScale: 1, numInferenceSteps: 4, sampler: 'self-forcing' },
    },
  ],
]

/** @param path of the transformer's file */
export function ti2vModel(path: string): ModelCardFacts {
  return DISTILLED.find(([name]) => name.test(path))?.[1] ?? TI2V_5B
}
