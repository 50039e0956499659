// DPM-Solver++(2M), midpoint form, as Wan's FlowDPMSolverMultistepScheduler runs it (https://arxiv.org/abs/2211.01095).
import { combination, planOf, predictX0 } from './combination'
import { logSnr, noiseLevels } from './flow-matching'
import type { LinearCombination, Sampler, StepPlan } from './types'

/**
 * x' = (σ'/σ)·x − (1 − σ')·(e^−h − 1)·(x0 + ½·D1),  D1 = (x0 − x0Prev)/r,  h = λ' − λ,  r = (λ − λPrev)/h. The first
 * step and the last omit D1: the first has no x0Prev, and the last level is 0, where h is infinite and x' = x0. The
 * rule "lower order for the last of fewer than 15 steps" therefore never decides anything.
 */
function advance(sigmas: readonly number[], i: number): LinearCombination {
  const sigma = sigmas[i]!
  const target = sigmas[i + 1]!
  const h = logSnr(target) - logSnr(sigma)
  const gain = -(1 - target) * Math.expm1(-h)
  const first = i === 0 || i === sigmas.length - 2
  // λPrev is −∞ where the first level is 1: r is infinite then, and D1 vanishes.
  const slope = first ? 0 : (0.5 * gain * h) / (logSnr(sigma) - logSnr(sigmas[i - 1]!))
  return combination({ x: target / sigma, x0: gain + slope, x0Prev: -slope })
}

/** Starts from pure noise, σ = 1, unlike UniPC, as in Wan. Second order. */
export function createDpmSolver(steps: number, shift: number): Sampler {
  const { timesteps, sigmas } = noiseLevels(steps, shift, 1)
  const plans = timesteps.map((timestep, i): StepPlan => {
    const sigma = sigmas[i]!
    return { timestep, sigma, x0: predictX0(sigma), next: advance(sigmas, i) }
  })
  return { name: 'dpm++', timesteps, sigmas, startScale: 1, step: (i) => planOf(plans, i) }
}
