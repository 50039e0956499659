// The noise levels of a flow-matching model: a straight line from noise to picture, bent by `shift`.

/** Steps of the clock the model was trained with. */
export const TRAIN_TIMESTEPS = 1000

/** The highest level, from which Wan's own UniPC starts: 1 − 1/1000, as f32. */
export const HIGHEST_TRAINED = Math.fround(1 - 1 / TRAIN_TIMESTEPS)

export interface NoiseLevels {
  /** [steps], whole numbers. */
  readonly timesteps: readonly number[]
  /** [steps + 1], f32 numbers; the last is 0. */
  readonly sigmas: readonly number[]
}

export function checkShift(shift: number): void {
  if (!(shift > 0 && shift < Infinity))
    throw new RangeError(`The shift is ${shift} and must be a number above 0.`)
}

/** `s·b / (1 + (s − 1)·b)`: a higher `shift` spends more steps on high noise, where the motion is decided. */
export function shiftSigma(base: number, shift: number): number {
  return (shift * base) / (1 + (shift - 1) * base)
}

/**
 * Levels at equal distances from `highest` (exclusive of 0), then shifted. Timesteps are truncated, and levels
 * rounded to f32 afterwards, as in Wan: both affect the result. Throws `RangeError` unless `steps` is a whole number
 * from 1 to 1000 and `shift` is above 0.
 */
export function noiseLevels(steps: number, shift: number, highest: number): NoiseLevels {
  if (!Number.isInteger(steps) || steps < 1 || steps > TRAIN_TIMESTEPS) {
    throw new RangeError(
      `The number of steps is ${steps} and must be a whole number from 1 to ${TRAIN_TIMESTEPS}.`,
    )
  }
  checkShift(shift)
  const distance = -highest / steps
  const shifted = Array.from({ length: steps }, (_, i) => shiftSigma(i * distance + highest, shift))
  return {
    timesteps: shifted.map((sigma) => Math.trunc(sigma * TRAIN_TIMESTEPS)),
    sigmas: [...shifted.map(Math.fround), 0],
  }
}

/** Half the log of signal over noise, times two: log((1 − σ)/σ). Infinite at σ = 0, −infinite at σ = 1. */
export function logSnr(sigma: number): number {
  return Math.log(1 - sigma) - Math.log(sigma)
}
