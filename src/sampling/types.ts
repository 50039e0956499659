// A sampler as numbers: every update of the latents is a linear combination of existing tensors.

import type { SamplerId } from '../protocol/samplers'

/**
 * The tensors a combination may name, all of the latents' shape:
 * - `x`: the model's input in this step; after a correction, the corrected latents
 * - `velocity`: the model's output in this step (after guidance)
 * - `x0`, `x0Prev`, `x0Prev2`: the clean latents as predicted in this step, the one before, the one before that
 * - `lastX`: `x` of the step before, after its correction
 * - `noise`: fresh standard normal noise of this step
 */
export type HistoryName = 'x' | 'velocity' | 'x0' | 'x0Prev' | 'x0Prev2' | 'lastX' | 'noise'

export interface Term {
  readonly tensor: HistoryName
  /** Finite and not zero. */
  readonly coefficient: number
}

/** Σ coefficient·tensor; one to five terms. */
export type LinearCombination = readonly Term[]

/** One step, in this order: run the model, then `x0`, then `corrected` (which replaces `x`), then `next`. */
export interface StepPlan {
  /**
   * The timestep that the model gets, 0 … 1000. Whole for the official samplers; the recipes for few steps have
   * fractions.
   */
  readonly timestep: number
  /** Noise level of `x`: x = (1 − sigma)·x0 + sigma·noise. */
  readonly sigma: number
  readonly x0: LinearCombination
  readonly corrected?: LinearCombination
  readonly next: LinearCombination
}

export interface Sampler {
  readonly name: SamplerId
  /** One per step, falling. */
  readonly timesteps: readonly number[]
  /** One per step and the last, 0. */
  readonly sigmas: readonly number[]
  /** The first step's latents are the seed's noise times this. */
  readonly startScale: number
  /** The plan of step `i`, from 0. Throws `RangeError` past the last. */
  step(i: number): StepPlan
}
