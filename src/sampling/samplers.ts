import { createDmd } from './dmd'
import { createDpmSolver } from './dpm-solver'
import { createEuler } from './euler'
import { createRcm } from './rcm'
import { createSelfForcing } from './self-forcing'
import type { Sampler, SamplerName } from './types'
import { createUniPC } from './unipc'

const CREATE: Record<SamplerName, (steps: number, shift: number) => Sampler> = {
  unipc: createUniPC,
  'dpm++': createDpmSolver,
  euler: createEuler,
  dmd: createDmd,
  rcm: createRcm,
  'self-forcing': createSelfForcing,
}

export const SAMPLER_NAMES = Object.keys(CREATE) as readonly SamplerName[]

/** Throws `RangeError` on a name that is none of `SAMPLER_NAMES`, a number of steps that the sampler does not have, or a shift not above 0. */
export function createSampler(name: SamplerName, steps: number, shift: number): Sampler {
  if (!Object.hasOwn(CREATE, name))
    throw new RangeError(`There is no sampler "${name}"; choose ${SAMPLER_NAMES.join(', ')}.`)
  return CREATE[name](steps, shift)
}
