// Carries a sampler's tensors from step to step. Generic in the tensor: arrays in a test, GPU tensors in the engine.
import type { HistoryName, LinearCombination, StepPlan } from './types'

/**
 * The tensors that one step leaves for the next. `x0Prev` is the prediction of the step just done, which a preview
 * shows.
 */
export interface History<T> {
  readonly x: T
  readonly lastX?: T
  readonly x0Prev?: T
  readonly x0Prev2?: T
}

export interface WeightedTensor<T> {
  readonly tensor: T
  readonly coefficient: number
}

/** Makes a new tensor: Σ coefficient·tensor. */
export type Combine<T> = (terms: readonly WeightedTensor<T>[]) => T

/** The inputs of a step. */
export interface StepInputs<T> {
  readonly velocity: T
  /** Present where `needsNoise(plan)`. */
  readonly noise?: T
}

/** Whether the step adds fresh noise to its result. */
export function needsNoise({ next }: StepPlan): boolean {
  return next.some(({ tensor }) => tensor === 'noise')
}

/** The tensors of `history` and of this step by their names in `combination`. */
function resolve<T>(
  combination: LinearCombination,
  tensors: Partial<Record<HistoryName, T>>,
): WeightedTensor<T>[] {
  return combination.map(({ tensor: name, coefficient }) => {
    const tensor = tensors[name]
    if (tensor === undefined && name === 'noise')
      throw new RangeError('This step needs fresh noise, and none was given.')
    if (tensor === undefined)
      throw new RangeError(
        `This step needs ${name}, which the steps before it did not leave; steps run in order, from 0.`,
      )
    return { tensor, coefficient }
  })
}

/**
 * Runs one step. Returns the history after it, and the tensors of the old history and of the step that are no longer
 * needed (never `inputs`, which the caller owns).
 */
export function advance<T>(
  history: History<T>,
  plan: StepPlan,
  inputs: StepInputs<T>,
  combine: Combine<T>,
): { history: History<T>; dropped: T[] } {
  const past = { ...history, ...inputs }
  const x0 = combine(resolve(plan.x0, past))
  const x = plan.corrected ? combine(resolve(plan.corrected, { ...past, x0 })) : history.x
  const next = combine(resolve(plan.next, { ...past, x, x0 }))
  const after: History<T> = {
    x: next,
    lastX: x,
    x0Prev: x0,
    ...(history.x0Prev !== undefined && { x0Prev2: history.x0Prev }),
  }
  const kept = new Set<T>(Object.values(after))
  return {
    history: after,
    dropped: [...new Set<T>(Object.values(history))].filter((tensor) => !kept.has(tensor)),
  }
}
