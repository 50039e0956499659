// The steps of Self-Forcing (https://arxiv.org/abs/2506.08009), here for the whole clip at once.
import { checkShift, shiftSigma, TRAIN_TIMESTEPS } from './flow-matching'
import { checkFewSteps, renoisingSampler } from './renoise'
import type { Sampler } from './types'

const MOST_STEPS = 4

/**
 * Levels at equal distances from 1, shifted, and timesteps with their fractions: 1000, 937.5, 833.3, 625 for four
 * steps and shift 5. No guidance.
 */
export function createSelfForcing(steps: number, shift: number): Sampler {
  checkFewSteps('self-forcing', steps, 1, MOST_STEPS)
  checkShift(shift)
  const sigmas = Array.from({ length: steps }, (_, i) => shiftSigma(1 - i / steps, shift))
  return renoisingSampler('self-forcing', {
    timesteps: sigmas.map((sigma) => sigma * TRAIN_TIMESTEPS),
    sigmas,
  })
}
