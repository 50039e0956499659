// The common part of the distilled recipes: takes each x0 prediction as final, and, except after the last step,
// returns it to the next noise level with fresh noise.
import { combination, planOf, predictX0 } from './combination'
import type { SamplerId } from '../protocol/samplers'
import type { Sampler, StepPlan } from './types'

/** The noise levels of a distilled model. */
export interface NoiseSchedule {
  /** One per step, 0 … 1000. */
  readonly timesteps: readonly number[]
  /** One per step, falling, without the last 0. */
  readonly sigmas: readonly number[]
  /** 1 where it is absent. */
  readonly startScale?: number
}

/** x0 = x − σ·velocity; x' = (1 − σ')·x0 + σ'·noise. */
export function renoisingSampler(
  name: SamplerId,
  { timesteps, sigmas, startScale = 1 }: NoiseSchedule,
): Sampler {
  const levels = [...sigmas, 0]
  const plans = timesteps.map((timestep, i): StepPlan => {
    const target = levels[i + 1]!
    return {
      timestep,
      sigma: levels[i]!,
      x0: predictX0(levels[i]!),
      next: combination({ x0: 1 - target, noise: target }),
    }
  })
  return { name, timesteps, sigmas: levels, startScale, step: (i) => planOf(plans, i) }
}

/** Throws `RangeError` unless `steps` is one of the numbers that the recipe was distilled for. */
export function checkFewSteps(sampler: string, steps: number, min: number, max: number): void {
  if (Number.isInteger(steps) && steps >= min && steps <= max) return
  const rule = min === max ? `${max}` : `a whole number from ${min} to ${max}`
  throw new RangeError(`The number of steps is ${steps}; with ${sampler} it must be ${rule}.`)
}
