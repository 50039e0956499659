import { createDpmSolver } from './dpm-solver'
import { createEuler } from './euler'
import type { Sampler, SamplerName } from './types'
import { createUniPC } from './unipc'

const CREATE: Record<SamplerName, (steps: number, shift: number) => Sampler> = {
  unipc: createUniPC,
  'dpm++': createDpmSolver,
  euler: createEuler,
}

export const SAMPLER_NAMES = Object.keys(CREATE) as readonly SamplerName[]

/** Throws `RangeError` on a name that is none of `SAMPLER_NAMES`, a number of steps outside 1 to 1000, or a shift not above 0. */
export function createSampler(name: SamplerName, steps: number, shift: number): Sampler {
  if (!Object.hasOwn(CREATE, name)) throw new RangeError(`There is no sampler "${name}"; choose ${SAMPLER_NAMES.join(', ')}.`)
  return CREATE[name](steps, shift)
}
