// UniPC of order 2, B(h) = e^h − 1 ("bh2"), on x0 predictions, as Wan's FlowUniPCMultistepScheduler runs it
// (https://arxiv.org/abs/2302.04867). Uses each output of the model twice: to correct `x`, then to predict.
import { combination, planOf, predictX0 } from './combination'
import { HIGHEST_TRAINED, logSnr, noiseLevels } from './flow-matching'
import type { LinearCombination, Sampler, StepPlan } from './types'

type Order = 1 | 2

/** Coefficients of the step from `from` to `to`, both indices into `sigmas`. */
function interval(sigmas: readonly number[], from: number, to: number) {
  const target = sigmas[to]!
  const h = logSnr(target) - logSnr(sigmas[from]!)
  const keep = target / sigmas[from]!
  /** −α'·(e^−h − 1): what x0 gains. Also −α'·B(h), as B(h) is the same for bh2. */
  const gain = -(1 - target) * Math.expm1(-h)
  /** Position of the prediction before `from`, in units of h; below 0. */
  const before = from > 0 ? (logSnr(sigmas[from - 1]!) - logSnr(sigmas[from]!)) / h : -Infinity
  return { h, keep, gain, before }
}

/** UniP: from step `i` to the next level. Order 2 adds half the slope through x0Prev. */
function predict(sigmas: readonly number[], i: number, order: Order): LinearCombination {
  const { keep, gain, before } = interval(sigmas, i, i + 1)
  const slope = order === 2 ? (0.5 * gain) / before : 0
  return combination({ x: keep, x0: gain - slope, x0Prev: slope })
}

/** The corrector's coefficients ρ: of the slope through the older prediction, and of the new one's difference. */
function correctorWeights(h: number, before: number, order: Order): { older: number; newer: number } {
  if (order === 1) return { older: 0, newer: 0.5 }
  const B = Math.expm1(-h)
  const phi1 = B / -h - 1
  const phi2 = phi1 / -h - 1 / 2
  const b1 = phi1 / B
  const b2 = (2 * phi2) / B
  // ρ solves [1 1; before 1]·ρ = [b1, b2].
  const older = (b2 - b1) / (before - 1)
  return { older, newer: b1 - older }
}

/** UniC: corrects `x` of step `i`, now that its x0 is known. `order` is that of the prediction which led to it. */
function correct(sigmas: readonly number[], i: number, order: Order): LinearCombination {
  const { h, keep, gain, before } = interval(sigmas, i - 1, i)
  const { older, newer } = correctorWeights(h, before, order)
  const slope = order === 2 ? (gain * older) / before : 0
  return combination({ lastX: keep, x0: gain * newer, x0Prev: gain * (1 - newer) - slope, x0Prev2: slope })
}

/** Order 1 in the first step, which has no past, and in the last, whose level is 0 (`lower_order_final`); else 2. */
function orderAt(i: number, steps: number): Order {
  return i === 0 || i === steps - 1 ? 1 : 2
}

export function createUniPC(steps: number, shift: number): Sampler {
  const { timesteps, sigmas } = noiseLevels(steps, shift, HIGHEST_TRAINED)
  const plans = timesteps.map((timestep, i): StepPlan => {
    const sigma = sigmas[i]!
    const next = predict(sigmas, i, orderAt(i, steps))
    const plan = { timestep, sigma, x0: predictX0(sigma), next }
    return i === 0 ? plan : { ...plan, corrected: correct(sigmas, i, orderAt(i - 1, steps)) }
  })
  return { name: 'unipc', timesteps, sigmas, startScale: 1, step: (i) => planOf(plans, i) }
}
