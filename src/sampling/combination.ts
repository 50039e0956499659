import type { HistoryName, LinearCombination, StepPlan } from './types'

/**
 * The terms that count: one with a coefficient of zero would still cost a read on the GPU. @throws RangeError where a
 * coefficient is not finite
 */
export function combination(coefficients: Partial<Record<HistoryName, number>>): LinearCombination {
  const terms = (Object.keys(coefficients) as HistoryName[]).map((tensor) => ({
    tensor,
    coefficient: coefficients[tensor] ?? 0,
  }))
  const wrong = terms.find(({ coefficient }) => !Number.isFinite(coefficient))
  if (wrong) throw new RangeError(`The coefficient of ${wrong.tensor} came out as ${wrong.coefficient}.`)
  return terms.filter(({ coefficient }) => coefficient !== 0)
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
