// Few-step denoising of a film, a chunk of latent frames at a time, as Self-Forcing and its relatives run it.
import { linearCombination } from '../gpu/kernels/linear_combination'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { holdFrames, type HeldFrames } from './held-frames'
import { noiseLevels, shiftSigma, TRAIN_TIMESTEPS } from './flow-matching'

/** The noise levels of a chunk's steps. */
export interface ChunkSteps {
  /** 0 … 1000, falling. */
  readonly timesteps: readonly number[]
  readonly sigmas: readonly number[]
}

/** The highest level of an even grid, below which all were trained. */
const HIGHEST_OF_GRID = 0.999

/**
 * So many steps at equal distances, then shifted, their timesteps whole: what the students of `training/` were
 * distilled for. @throws RangeError as `noiseLevels`
 */
export function evenSteps(count: number, shift: number): ChunkSteps {
  const { timesteps, sigmas } = noiseLevels(count, shift, HIGHEST_OF_GRID)
  return { timesteps, sigmas: sigmas.slice(0, count) }
}

/**
 * The steps that a published model was distilled for. With `warp` a number n names entry 1000 − n of the training's table of
 * shifted levels; without it n is the timestep itself, at the level of the entry nearest to it. Numbers are f32, as
 * in training.
 * @throws RangeError where a number is not from 1 to 1000
 */
export function chunkSteps(list: readonly number[], shift: number, warp: boolean): ChunkSteps {
  const table = Array.from({ length: TRAIN_TIMESTEPS }, (_, i) =>
    Math.fround(shiftSigma(1 - i / TRAIN_TIMESTEPS, shift)),
  )
  const wrong = list.find((n) => !(n >= 1 && n <= TRAIN_TIMESTEPS))
  if (wrong !== undefined || list.length === 0)
    throw new RangeError(
      `A chunk's steps are numbers from 1 to ${TRAIN_TIMESTEPS}; ${wrong ?? 'none'} was given.`,
    )
  const nearest = (timestep: number): number =>
    table.reduce((best, sigma) =>
      Math.abs(sigma * TRAIN_TIMESTEPS - timestep) < Math.abs(best * TRAIN_TIMESTEPS - timestep)
        ? sigma
        : best,
    )
  const sigmas = list.map((n) => (warp ? table[TRAIN_TIMESTEPS - n]! : nearest(n)))
  const timesteps = warp ? sigmas.map((sigma) => Math.fround(sigma * TRAIN_TIMESTEPS)) : [...list]
  return { timesteps, sigmas }
}

export interface ChunkInputs {
  /** Standard normal [C, f, H, W] f32; stays the caller's, with the held frames in it. */
  readonly noise: Tensor
  readonly steps: ChunkSteps
  /** The model's velocity at latents `x`, the loop's to release. */
  velocity(x: Tensor, timestep: number): Promise<Tensor>
  /** Fresh noise after step `k`, the loop's to release. */
  fresh(k: number): Tensor
  /** Clean frames of the chunk that are put back after every step; none unless given. */
  readonly held?: readonly HeldFrames[]
}

/**
 * From noise to the clean latents of a chunk, the caller's to release: x0 = x − σ·v, and back to the next level with
 * fresh noise.
 */
export async function denoiseChunk(
  ops: Ops,
  { noise, steps: { timesteps, sigmas }, velocity, fresh, held = [] }: ChunkInputs,
  signal?: AbortSignal,
): Promise<Tensor> {
  let x = noise
  holdFrames(ops, x, held)
  for (let k = 0; ; k++) {
    const v = await velocity(x, timesteps[k]!)
    const x0 = linearCombination(
      ops,
      [
        { tensor: x, coefficient: 1 },
        { tensor: v, coefficient: -sigmas[k]! },
      ],
      'chunk.x0',
    )
    ops.release(v, ...(x === noise ? [] : [x]))
    const next = sigmas[k + 1]
    if (next !== undefined) {
      const added = fresh(k)
      x = linearCombination(
        ops,
        [
          { tensor: x0, coefficient: 1 - next },
          { tensor: added, coefficient: next },
        ],
        'chunk.x',
      )
      ops.release(x0, added)
    }
    holdFrames(ops, next === undefined ? x0 : x, held)
    await ops.drain(signal)
    if (next === undefined) return x0
  }
}

/** Latent frames of each chunk of a film: `chunk` each, after a first one alone where `isFirstAlone`. */
export function* chunkLengths(chunk: number, isFirstAlone: boolean): Generator<number, never, void> {
  if (isFirstAlone) yield 1
  for (;;) yield chunk
}
