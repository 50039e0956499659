import { linearCombination } from '../gpu/kernels/linear_combination'
import type { Ops } from '../gpu/ops'
import { elementCount, type Tensor } from '../gpu/tensor'
import type { ContextKeys } from './dit/embeddings'
import { forward, uploadRotation, type Dit } from './dit/model'
import { gaussianNoise } from './rng'
import { advance, needsNoise, type Combine, type History } from './scheduler/history'
import type { Sampler } from './scheduler/types'

export interface DenoiseInputs {
  /** Standard normal, [C, T, H, W] f32; stays the caller's. */
  readonly noise: Tensor
  /** Of the fresh noise that some samplers add after a step. */
  readonly seed: number
  readonly positive: ContextKeys
  /** The negative prompt; without it there is no guidance. */
  readonly negative?: ContextKeys
  readonly guidanceScale: number
  readonly sampler: Sampler
}

export interface DenoiseOptions {
  readonly signal?: AbortSignal
  /** After each step, with the clean latents as predicted so far; they stay valid until it resolves. */
  readonly onStep?: (done: number, predicted: Tensor) => Promise<void>
}

/** From noise to latents [C, T, H, W] f32, the caller's to release. */
export async function denoise(ops: Ops, dit: Dit, { noise, seed, positive, negative, guidanceScale, sampler }: DenoiseInputs, { signal, onStep }: DenoiseOptions = {}): Promise<Tensor> {
  const rotation = uploadRotation(ops, dit.config, noise)
  const predict = (latents: Tensor, timestep: number, context: ContextKeys) =>
    forward(ops, dit, latents, timestep, context, rotation, signal ? { signal } : {})

  const combine: Combine<Tensor> = (terms) => linearCombination(ops, terms.map(({ tensor, weight }) => ({ tensor, coefficient: weight })), 'latents')
  const { startScale } = sampler
  let history: History<Tensor> = { x: startScale === 1 ? noise : combine([{ tensor: noise, weight: startScale }]) }
  for (let i = 0; i < sampler.timesteps.length; i++) {
    const plan = sampler.step(i)
    let velocity = await predict(history.x, plan.timestep, positive)
    if (negative) velocity = guide(ops, velocity, await predict(history.x, plan.timestep, negative), guidanceScale)
    const fresh = needsNoise(plan) ? [ops.upload(() => stepNoise(seed, i, noise), noise.shape, 'f32', 'noise')] : []
    const step = advance(history, plan, { velocity, ...(fresh[0] && { noise: fresh[0] }) }, combine)
    ops.release(velocity, ...fresh, ...step.dropped.filter((tensor) => tensor !== noise))
    history = step.history
    await ops.drain(signal)
    if (history.x0Prev) await onStep?.(i + 1, history.x0Prev)
  }
  ops.release(rotation, ...new Set(Object.values(history).filter((tensor) => tensor !== history.x && tensor !== noise)))
  return history.x
}

/** Noise of its own for each step: stream 0 of the seed is the noise that the clip starts from. */
function stepNoise(seed: number, step: number, { shape }: Tensor): Float32Array<ArrayBuffer> {
  return gaussianNoise(seed, step + 1, elementCount(shape))
}

/** Classifier-free guidance: unconditional + scale · (conditional − unconditional). Releases both. */
function guide(ops: Ops, conditional: Tensor, unconditional: Tensor, scale: number): Tensor {
  const guided = linearCombination(ops, [{ tensor: unconditional, coefficient: 1 - scale }, { tensor: conditional, coefficient: scale }], 'guided')
  ops.release(conditional, unconditional)
  return guided
}
