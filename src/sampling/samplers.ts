import { SAMPLERS, type SamplerId, type SamplerInfo } from '../protocol/samplers'
import { createDmd, createWarpedDmd } from './dmd'
import { createDpmSolver } from './dpm-solver'
import { createEuler } from './euler'
import { createRcm } from './rcm'
import { createSelfForcing } from './self-forcing'
import type { Sampler } from './types'
import { createUniPC } from './unipc'

/** A sampler with its steps. An engine may have more than `SAMPLER_FACTORIES`. */
export interface SamplerFactory extends SamplerInfo {
  create(steps: number, shift: number): Sampler
}

const CREATE: Readonly<Record<string, SamplerFactory['create']>> = {
  unipc: createUniPC,
  'dpm++': createDpmSolver,
  euler: createEuler,
  dmd: createDmd,
  'dmd-warped': createWarpedDmd,
  rcm: createRcm,
  'self-forcing': createSelfForcing,
}

export const SAMPLER_FACTORIES: readonly SamplerFactory[] = SAMPLERS.map((info) => ({
  ...info,
  create: CREATE[info.id]!,
}))

/**
 * @throws RangeError where there is no such sampler, it does not allow that number of steps, or the shift is not
 * above 0
 */
export function createSampler(
  id: SamplerId,
  steps: number,
  shift: number,
  factories: readonly SamplerFactory[] = SAMPLER_FACTORIES,
): Sampler {
  const factory = factories.find((each) => each.id === id)
  if (!factory)
    throw new RangeError(
      `There is no sampler "${id}"; choose ${factories.map((each) => each.id).join(', ')}.`,
    )
  return factory.create(steps, shift)
}
