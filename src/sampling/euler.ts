import { combination, planOf, predictX0 } from './combination'
import { HIGHEST_TRAINED, noiseLevels } from './flow-matching'
import type { Sampler, StepPlan } from './types'

/** Euler's method on dx/dσ = velocity; first order. */
export function createEuler(steps: number, shift: number): Sampler {
  const { timesteps, sigmas } = noiseLevels(steps, shift, HIGHEST_TRAINED)
  const plans = timesteps.map((timestep, i): StepPlan => {
    const sigma = sigmas[i]!
    return {
      timestep,
      sigma,
      x0: predictX0(sigma),
      next: combination({ x: 1, velocity: sigmas[i + 1]! - sigma }),
    }
  })
  return { name: 'euler', timesteps, sigmas, startScale: 1, step: (i) => planOf(plans, i) }
}
