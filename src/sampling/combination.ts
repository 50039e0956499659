import type { HistoryName, LinearCombination, StepPlan } from './types'

/** The terms that count: a weight of zero would still cost a read on the GPU. Throws where a weight is not finite. */
export function combination(weights: Partial<Record<HistoryName, number>>): LinearCombination {
  const terms = (Object.keys(weights) as HistoryName[]).map((tensor) => ({
    tensor,
    weight: weights[tensor] ?? 0,
  }))
  const wrong = terms.find(({ weight }) => !Number.isFinite(weight))
  if (wrong) throw new RangeError(`The weight of ${wrong.tensor} came out as ${wrong.weight}.`)
  return terms.filter(({ weight }) => weight !== 0)
}

/** `plans[i]`, or a sentence. */
export function planOf(plans: readonly StepPlan[], i: number): StepPlan {
  const plan = plans[i]
  if (!plan)
    throw new RangeError(`Step ${i} was asked for; this sampler has the steps 0 to ${plans.length - 1}.`)
  return plan
}

/** The flow model's velocity is noise − x0, so x0 = x − σ·velocity. */
export function predictX0(sigma: number): LinearCombination {
  return combination({ x: 1, velocity: -sigma })
}
