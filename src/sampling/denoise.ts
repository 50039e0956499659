import { linearCombination } from '../gpu/kernels/linear_combination'
import type { Ops } from '../gpu/ops'
import { elementCount, type Tensor } from '../gpu/tensor'
import type { ContextKeys } from '../models/wan-dit/embeddings'
import { forward, uploadRotation, type Dit } from '../models/wan-dit/model'
import { gaussianNoise } from './rng'
import { advance, needsNoise, type Combine, type History } from './history'
import type { Sampler } from './types'
import { StepCache, type Velocities } from './step-cache'

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
  /** Of EasyCache; without it every step runs the model. */
  readonly cacheThreshold?: number
}

export interface DenoiseOptions {
  readonly signal?: AbortSignal
  /** Once a step is recorded, before it runs, with the clean latents as predicted so far: what is recorded now still finds them. */
  readonly onStep?: (done: number, predicted: Tensor) => void
  /** At the end, where there is a cache: how many steps it told without the model. */
  readonly onReused?: (steps: number) => void
}

/** From noise to latents [C, T, H, W] f32, the caller's to release. */
export async function denoise(
  ops: Ops,
  dit: Dit,
  { noise, seed, positive, negative, guidanceScale, sampler, cacheThreshold }: DenoiseInputs,
  { signal, onStep, onReused }: DenoiseOptions = {},
): Promise<Tensor> {
  const rotation = uploadRotation(ops, dit.config, noise)
  const predict = (latents: Tensor, timestep: number, context: ContextKeys) =>
    forward(ops, dit, latents, { values: [timestep] }, context, rotation)
  const ask = async (latents: Tensor, timestep: number): Promise<Velocities> => ({
    conditional: await predict(latents, timestep, positive),
    ...(negative && { unconditional: await predict(latents, timestep, negative) }),
  })
  const cache =
    cacheThreshold === undefined ? undefined : new StepCache(ops, sampler.timesteps.length, cacheThreshold)
  const release = (tensors: Iterable<Tensor>): void =>
    ops.release(...[...tensors].filter((tensor) => tensor !== noise))

  const combine: Combine<Tensor> = (terms) =>
    linearCombination(
      ops,
      terms.map(({ tensor, weight }) => ({ tensor, coefficient: weight })),
      'latents',
    )
  const { startScale } = sampler
  let history: History<Tensor> = {
    x: startScale === 1 ? noise : combine([{ tensor: noise, weight: startScale }]),
  }
  for (let i = 0; i < sampler.timesteps.length; i++) {
    const plan = sampler.step(i)
    const { x } = history
    const answers = await (cache
      ? cache.velocities(i, x, () => ask(x, plan.timestep), signal)
      : ask(x, plan.timestep))
    const velocity = guide(ops, answers, guidanceScale)
    release(Object.values(answers).filter((answer) => answer !== velocity))
    const fresh = needsNoise(plan)
      ? [ops.upload(() => stepNoise(seed, i, noise), noise.shape, 'f32', 'noise')]
      : []
    const step = advance(history, plan, { velocity, ...(fresh[0] && { noise: fresh[0] }) }, combine)
    release([velocity, ...fresh, ...step.dropped])
    history = step.history
    if (history.x0Prev) onStep?.(i + 1, history.x0Prev)
    await ops.drain(signal)
  }
  release([rotation, ...new Set(Object.values(history).filter((tensor) => tensor !== history.x))])
  cache?.release()
  if (cache) onReused?.(cache.reused)
  return history.x
}

/** Noise of its own for each step: stream 0 of the seed is the noise that the clip starts from. */
function stepNoise(seed: number, step: number, { shape }: Tensor): Float32Array<ArrayBuffer> {
  return gaussianNoise(seed, step + 1, elementCount(shape))
}

/** Classifier-free guidance: unconditional + scale · (conditional − unconditional). Without it the answer itself. */
function guide(ops: Ops, { conditional, unconditional }: Velocities, scale: number): Tensor {
  if (!unconditional) return conditional
  return linearCombination(
    ops,
    [
      { tensor: unconditional, coefficient: 1 - scale },
      { tensor: conditional, coefficient: scale },
    ],
    'guided',
  )
}
