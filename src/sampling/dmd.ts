// Distribution matching distillation (https://arxiv.org/abs/2405.14867) with the steps that FastWan was trained for.
import { checkShift, shiftSigma, TRAIN_TIMESTEPS } from './flow-matching'
import { checkFewSteps, renoisingSampler } from './renoise'
import type { Sampler } from './types'

const TIMESTEPS = [1000, 757, 522]

/**
 * The noise level of a timestep in the training's scheduler: the nearest entry of its table of 1000 shifted levels.
 * The model still receives the timestep itself.
 */
export function tableSigma(timestep: number, shift: number): number {
  const table = Array.from({ length: TRAIN_TIMESTEPS }, (_, i) =>
    shiftSigma((TRAIN_TIMESTEPS - i) / TRAIN_TIMESTEPS, shift),
  )
  const distance = (sigma: number): number => Math.abs(sigma * TRAIN_TIMESTEPS - timestep)
  return table.reduce((best, sigma) => (distance(sigma) < distance(best) ? sigma : best))
}

/** Three steps, no guidance; FastWan's shift is 8. */
export function createDmd(steps: number, shift: number): Sampler {
  checkFewSteps('dmd', steps, TIMESTEPS.length, TIMESTEPS.length)
  checkShift(shift)
  return renoisingSampler('dmd', {
    timesteps: TIMESTEPS,
    sigmas: TIMESTEPS.map((timestep) => tableSigma(timestep, shift)),
  })
}

/** The same steps with the shift applied to the timesteps as well, as FastWan 2.2 was trained; its shift is 5. */
export function createWarpedDmd(steps: number, shift: number): Sampler {
  checkFewSteps('dmd-warped', steps, TIMESTEPS.length, TIMESTEPS.length)
  checkShift(shift)
  const sigmas = TIMESTEPS.map((timestep) => shiftSigma(timestep / TRAIN_TIMESTEPS, shift))
  return renoisingSampler('dmd-warped', {
    timesteps: sigmas.map((sigma) => sigma * TRAIN_TIMESTEPS),
    sigmas,
  })
}
