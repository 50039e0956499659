// The score-regularised consistency model rCM (https://arxiv.org/abs/2510.08431), one to four steps.
import { TRAIN_TIMESTEPS } from './flow-matching'
import { checkFewSteps, renoisingSampler } from './renoise'
import type { Sampler } from './types'

/** Noise over signal at the start. */
const SIGMA_MAX = 80
/** The angles of the steps, which the authors chose for visual quality. */
const ANGLES = [Math.atan(SIGMA_MAX), 1.5, 1.4, 1.0]

/**
 * TrigFlow mixes by an angle, cos(a)·x0 + sin(a)·noise; a flow model by (1 − σ)·x0 + σ·noise. Dividing the first by
 * cos + sin gives the second, with σ = sin(a) / (cos(a) + sin(a)).
 */
export function angleToSigma(angle: number): number {
  return Math.sin(angle) / (Math.cos(angle) + Math.sin(angle))
}

/**
 * No guidance, and no shift: the angles are the levels. The first step sees σ·noise, the level's mean over unknown
 * pictures.
 */
export function createRcm(steps: number): Sampler {
  checkFewSteps('rcm', steps, 1, ANGLES.length)
  const sigmas = ANGLES.slice(0, steps).map(angleToSigma)
  return renoisingSampler('rcm', {
    timesteps: sigmas.map((sigma) => sigma * TRAIN_TIMESTEPS),
    sigmas,
    startScale: sigmas[0]!,
  })
}
