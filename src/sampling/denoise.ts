import { linearCombination } from '../gpu/kernels/linear_combination'
import type { Ops } from '../gpu/ops'
import { elementCount, type Tensor } from '../gpu/tensor'
import { holdFrames, type HeldFrames } from './held-frames'
import { advance, needsNoise, type Combine, type History } from './history'
import { gaussianNoise } from './rng'
import { readState, restoreState, type StoredState } from './sampler-state'
import { StepCache, type Velocities } from './step-cache'
import type { Sampler, StepPlan } from './types'

export interface DenoiseInputs {
  /** Standard normal, [C, T, H, W] f32; owned by the caller. */
  readonly noise: Tensor
  /** Seed of the fresh noise that some samplers add after a step. */
  readonly seed: number
  /** The model's velocities at latents `x`, which the loop releases; the unconditional one where there is guidance. */
  velocities(x: Tensor, step: StepPlan, index: number): Promise<Velocities>
  /** The same for all steps, or by the timestep. */
  readonly guidanceScale: number | ((timestep: number) => number)
  readonly sampler: Sampler
  /**
   * Frames that are known: they are put into the latents before the first step and after each; the noise's are
   * overwritten.
   */
  readonly held?: readonly HeldFrames[]
  /** Of EasyCache; without it every step runs the model. */
  readonly cacheThreshold?: number
  /** Of models of two experts: the timestep below which the second one predicts. The cache begins anew with it. */
  readonly boundary?: number
  /** What a step left, to go on from there. */
  readonly from?: StoredState
}

export interface DenoiseOptions {
  readonly signal?: AbortSignal
  /** Aborts to end the loop early: the step that runs is the last one, and the latents are the clean ones predicted by it. */
  readonly finish?: AbortSignal
  /** Called with the number of steps that were run, where `finish` left some out. */
  readonly onFinished?: (steps: number) => void
  /**
   * Called once a step is recorded, before it runs, with the clean latents predicted so far, which calls recorded now
   * can still read.
   */
  readonly onStep?: (done: number, predicted: Tensor) => void
  /** Called at the end, where there is a cache, with the number of steps that it predicted without the model. */
  readonly onReused?: (steps: number) => void
  /** Called after each step with what it leaves for the next, which waits for it. */
  readonly onState?: (state: StoredState) => Promise<void>
}

/** Denoises to latents [C, T, H, W] f32, which the caller releases. */
export async function denoise(
  ops: Ops,
  {
    noise,
    seed,
    velocities,
    guidanceScale,
    sampler,
    held = [],
    cacheThreshold,
    boundary = 0,
    from,
  }: DenoiseInputs,
  { signal, finish, onFinished, onStep, onReused, onState }: DenoiseOptions = {},
): Promise<Tensor> {
  const steps = sampler.timesteps.length
  const before = from && restoreState(ops, from)
  const cache =
    cacheThreshold === undefined ? undefined : new StepCache(ops, steps, cacheThreshold, before?.cache)
  const release = (tensors: Iterable<Tensor>): void =>
    ops.release(...[...tensors].filter((tensor) => tensor !== noise))
  const combine: Combine<Tensor> = (terms) => linearCombination(ops, terms, 'latents')

  const { startScale } = sampler
  let history: History<Tensor> = before?.history ?? {
    x: startScale === 1 ? noise : combine([{ tensor: noise, coefficient: startScale }]),
  }
  holdFrames(ops, history.x, held)
  for (let i = before?.done ?? 0; i < steps; i++) {
    const plan = sampler.step(i)
    const { x } = history
    const isSwitch = i > 0 && plan.timestep < boundary && sampler.step(i - 1).timestep >= boundary
    if (isSwitch) cache?.restart()
    const ask = (): Promise<Velocities> => velocities(x, plan, i)
    const answers = await (cache ? cache.velocities(i, x, ask, signal) : ask())
    const scale = typeof guidanceScale === 'number' ? guidanceScale : guidanceScale(plan.timestep)
    const velocity = guide(ops, answers, scale)
    release(Object.values(answers).filter((answer) => answer !== velocity))
    const fresh = needsNoise(plan)
      ? [ops.upload(() => stepNoise(seed, i, noise), noise.shape, 'f32', 'noise')]
      : []
    const step = advance(history, plan, { velocity, ...(fresh[0] && { noise: fresh[0] }) }, combine)
    release([velocity, ...fresh, ...step.dropped])
    history = step.history
    holdFrames(ops, history.x, held)
    const { x: next, x0Prev: predicted } = history
    if (predicted) {
      holdFrames(ops, predicted, held)
      onStep?.(i + 1, predicted)
    }
    const state =
      onState && readState(ops, sampler, { done: i + 1, history, ...(cache && { cache: cache.state }) })
    state?.catch(() => {}) // The drain throws the same error.
    await ops.drain(signal)
    if (state) await onState(await state)
    if (finish?.aborted === true && predicted && i + 1 < steps) {
      history = { ...history, x: predicted }
      release([next])
      onFinished?.(i + 1)
      break
    }
  }
  release(new Set(Object.values(history).filter((tensor) => tensor !== history.x)))
  cache?.release()
  if (cache) onReused?.(cache.reused)
  return history.x
}

/** Fresh noise for each step, from a stream of its own: stream 0 of the seed is the clip's initial noise. */
function stepNoise(seed: number, step: number, { shape }: Tensor): Float32Array<ArrayBuffer> {
  return gaussianNoise(seed, step + 1, elementCount(shape))
}

/** Classifier-free guidance: unconditional + scale · (conditional − unconditional); without it the velocity itself. */
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
